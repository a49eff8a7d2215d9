import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { runMinute } from "../../src/jobs.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createBank, createStation, createUser } from "../support/factories.ts";
import { bankIn, bankOut, createBench, start } from "../support/verbs.ts";

const rentalOf = async (id: string) =>
  (
    await sql<{ status: string; reason: string; is_overdue: boolean }>(
      "select status, reason, is_overdue from rentals where id = $1",
      [id],
    )
  )[0]!;
const verbs = (bench: ReturnType<typeof createBench>) => bench.stations.calls.map(({ verb }) => verb);
const atStation = { slot: 3, commandId: "cmd_test" as Id<"cmd">, issuedAtMs: 0 };

/** A start whose Worker died between the hold and the station. */
const cutBeforeDispense = async () => {
  const bench = createBench();
  bench.stations.answers.dispense = new Error("cut");
  const userId = await createUser({ walletTzs: 5_000 });
  const { rental } = await start(bench, userId, await createStation());
  expect(rental.status).toBe("dispensing");
  bench.stations.calls.length = 0;
  return { bench, userId, rentalId: rental.id };
};

beforeAll(() => {
  env.AZAMPAY_CALLBACK_SIGNATURE = "off" as typeof env.AZAMPAY_CALLBACK_SIGNATURE;
});

describe("the minute's round", () => {
  test("undoes a rental that its station never heard of, and ejects nothing", async () => {
    const { bench, userId, rentalId } = await cutBeforeDispense();
    bench.clock.advance(50 * SECOND_MS);
    await runMinute(bench.deps);
    expect(await rentalOf(rentalId)).toMatchObject({ status: "cancelled", reason: "not_dispensed" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
    expect(verbs(bench)).not.toContain("dispense");
    expect(verbs(bench).indexOf("release")).toBeGreaterThan(-1);
    expect(await sql("select template from messages where user_id = $1", [userId])).toEqual([
      { template: "rental_not_dispensed" },
    ]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("leaves a young one alone", async () => {
    const { bench, rentalId } = await cutBeforeDispense();
    bench.clock.advance(30 * SECOND_MS);
    await runMinute(bench.deps);
    expect(await rentalOf(rentalId)).toMatchObject({ status: "dispensing" });
  });

  test.each(["ejecting", "out", "not_out", "unknown"] as const)(
    "wakes a station that says %s, and changes nothing itself",
    async (status) => {
      const { bench, rentalId } = await cutBeforeDispense();
      bench.stations.answers.rentalState = { status, ...atStation };
      bench.clock.advance(5 * MINUTE_MS);
      await runMinute(bench.deps);
      expect(await rentalOf(rentalId)).toMatchObject({ status: "dispensing" });
      expect(verbs(bench)).toContain("wake");
      expect(verbs(bench)).not.toContain("dispense");
    },
  );

  test("gives up an eject that nobody can explain, when the object itself did not", async () => {
    const { bench, userId, rentalId } = await cutBeforeDispense();
    bench.stations.answers.rentalState = { status: "unknown", ...atStation };
    bench.clock.advance(14 * MINUTE_MS);
    await runMinute(bench.deps);
    expect(await rentalOf(rentalId)).toMatchObject({ status: "cancelled", reason: "eject_unknown" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
  });

  test("ends a wait for money whose slot is no longer kept", async () => {
    const bench = createBench();
    const userId = await createUser();
    const { rental } = await start(bench, userId, await createStation(), { phone: "0754123456" });
    bench.clock.advance(3 * MINUTE_MS);
    await runMinute(bench.deps);
    expect(await rentalOf(rental.id)).toMatchObject({ status: "cancelled", reason: "lease_expired" });
    expect(verbs(bench)).toContain("release");
  });

  test("expires a payment that nobody answered", async () => {
    const bench = createBench();
    const userId = await createUser();
    const { rental } = await start(bench, userId, await createStation(), { phone: "0754123456" });
    bench.clock.advance(10 * MINUTE_MS);
    await runMinute(bench.deps);
    expect(await sql("select state, reason from payments where rental_id = $1", [rental.id])).toEqual([
      { state: "expired", reason: "no_answer" },
    ]);
  });

  test("marks a rental overdue once, when the station's timer did not", async () => {
    const bench = createBench();
    const station = await createStation();
    const userId = await createUser({ walletTzs: 5_000 });
    const { rental } = await start(bench, userId, station);
    await bankOut(bench, station.id, { rentalId: rental.id, powerBankId: await createBank(), seq: 1 });
    bench.clock.advance(4 * HOUR_MS + MINUTE_MS);
    await runMinute(bench.deps);
    await runMinute(bench.deps);
    expect(await rentalOf(rental.id)).toMatchObject({ status: "active", is_overdue: true });
    expect(
      await sql("select count(*)::int as n from audit_log where subject = $1 and action = 'rental_overdue'", [
        rental.id,
      ]),
    ).toEqual([{ n: 1 }]);
  });

  test("numbers receipts without a gap, also from two rounds at once", async () => {
    const bench = createBench();
    const station = await createStation();
    for (let i = 0; i < 6; i++) {
      const userId = await createUser({ walletTzs: 5_000 });
      const powerBankId = await createBank();
      const { rental } = await start(bench, userId, station);
      await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 100 + i * 2 });
      bench.clock.advance(HOUR_MS);
      await bankIn(bench, station.id, { powerBankId, seq: 101 + i * 2 });
    }
    await Promise.all([runMinute(bench.deps), runMinute(bench.deps), runMinute(bench.deps)]);
    await Promise.all(bench.deferred);
    const numbers = await sql<{ number: number }>(
      "select number from receipts where fiscal_year = 2026 order by number",
    );
    expect(numbers.map(({ number }) => number)).toEqual(numbers.map((_, i) => i + 1));
    expect(numbers.length).toBeGreaterThanOrEqual(6);
    expect(await sql("select 1 from receipts where number is null")).toEqual([]);
  });

  test("hands keys and settings to a station's object until it confirms them", async () => {
    const bench = createBench();
    const station = await createStation();
    await runMinute(bench.deps);
    expect(bench.stations.calls).toContainEqual({
      verb: "configure",
      stationId: station.id,
      input: expect.objectContaining({ version: 1, keys: [] }),
    });
    bench.stations.calls.length = 0;
    await runMinute(bench.deps);
    expect(
      bench.stations.calls.filter(({ verb, stationId }) => verb === "configure" && stationId === station.id),
    ).toEqual([]);
  });
});
