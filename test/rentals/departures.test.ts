import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createBank, createStation, createUser } from "../support/factories.ts";
import { bankIn, bankOut, createBench, report, start } from "../support/verbs.ts";
import { isoMs, rent, rentalRow } from "./bank-out.ts";

describe("a departure", () => {
  test("reported twice starts the rental once, at the time of the event", async () => {
    const bench = createBench();
    const station = await createStation();
    const userId = await createUser({ walletTzs: 5_000 });
    const powerBankId = await createBank();
    const { rental } = await start(bench, userId, station);
    const leftAtMs = bench.clock.now() + 4_000;
    bench.clock.advance(HOUR_MS);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 10, atMs: leftAtMs }),
      ),
    );
    for (const answer of answers)
      expect(answer).toMatchObject({ rental: { status: "active", dueAtMs: leftAtMs + 4 * HOUR_MS } });
    expect(isoMs((await rentalRow(rental.id)).started_at)).toBe(leftAtMs);
    expect(await sql("select count(*)::int as n from custody where power_bank_id = $1", [powerBankId])).toEqual([
      { n: 1 },
    ]);
  });

  test("of a bank whose older rental is still open ends that one first", async () => {
    const first = await rent();
    const { bench, powerBankId } = first;
    const other = await createStation();
    bench.clock.advance(3 * HOUR_MS);
    const second = await rent(bench, 30, powerBankId, other);
    expect(await rentalRow(first.rentalId)).toMatchObject({ status: "completed", total_tzs: "1000" });
    expect((await rentalRow(second.rentalId)).status).toBe("active");
    expect(await bookBreaks()).toEqual([]);
  });

  test("proven within its time after ten unknown minutes re-opens the rental beside the renter's next one", async () => {
    const bench = createBench();
    const station = await createStation();
    const userId = await createUser({ walletTzs: 10_000 });
    const powerBankId = await createBank();
    const { rental } = await start(bench, userId, station);
    const issuedMs = bench.clock.now();
    bench.clock.advance(10 * MINUTE_MS);
    await report(bench, station.id, { verb: "eject_unknown", rentalId: rental.id, powerBankId, slot: 3 });
    expect(await rentalRow(rental.id)).toMatchObject({ status: "cancelled", reason: "eject_unknown" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(10_000);
    const next = await start(bench, userId, await createStation());
    await bankOut(
      bench,
      station.id,
      { rentalId: rental.id, powerBankId, seq: 10, atMs: issuedMs + 89_000 },
      issuedMs + 30_000,
    );
    expect(await rentalRow(rental.id)).toMatchObject({
      status: "active",
      reason: "reopened",
      counts_toward_limit: false,
    });
    expect(await rentalRow(next.rental.id)).toMatchObject({ status: "dispensing" });
    expect(await balanceOf(`user_hold:${rental.id}`)).toBe(5_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test("later than its command allowed charges nobody and leaves the bank missing", async () => {
    const bench = createBench();
    const station = await createStation();
    const userId = await createUser({ walletTzs: 5_000 });
    const powerBankId = await createBank();
    const { rental } = await start(bench, userId, station);
    const issuedMs = bench.clock.now();
    bench.clock.advance(10 * MINUTE_MS);
    await report(bench, station.id, { verb: "eject_unknown", rentalId: rental.id, powerBankId, slot: 3 });
    await bankOut(
      bench,
      station.id,
      { rentalId: rental.id, powerBankId, seq: 10, atMs: issuedMs + 91_000 },
      issuedMs + 30_000,
    );
    expect(await rentalRow(rental.id)).toMatchObject({ status: "cancelled", reason: "eject_unknown" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
    expect(await sql("select place from power_banks where id = $1", [powerBankId])).toEqual([{ place: "missing" }]);
    expect(await sql("select kind, state from tickets where power_bank_id = $1", [powerBankId])).toEqual([
      { kind: "missing_bank", state: "open" },
    ]);
  });
});

describe("a connection dropped after COMMIT", () => {
  test.each(["rental_open", "rental_activate", "custody_return", "rental_settle"])(
    "in %s has no second effect",
    async (name) => {
      await neon.arm({ dropAfterCommit: { count: 1, match: name } });
      const { bench, userId, powerBankId, station, rentalId } = await rent();
      bench.clock.advance(HOUR_MS);
      await bankIn(bench, station.id, { powerBankId, seq: 11 });
      await neon.clear();
      expect(await rentalRow(rentalId)).toMatchObject({ status: "completed", total_tzs: "1000" });
      expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
      expect(
        await sql("select count(*)::int as n from journal_entries where reference like 'rental:' || $1 || ':%'", [
          rentalId,
        ]),
      ).toEqual([{ n: 2 }]);
      expect(await sql("select count(*)::int as n from rentals where user_id = $1", [userId])).toEqual([{ n: 1 }]);
      expect(await bookBreaks()).toEqual([]);
    },
  );
});
