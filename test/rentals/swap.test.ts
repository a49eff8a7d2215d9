import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { SWAP_RETURN_MS } from "../../src/rentals/pricing-facts.ts";
import { swapRental } from "../../src/rentals/service.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, createBank, createStation, createUser, ids } from "../support/factories.ts";
import { findBreaks, giveBack, type Rented, rentalRow, rentBank, told } from "../support/rented.ts";
import { asUser, bankIn, bankOut, createBench, report, start } from "../support/verbs.ts";

let seq = 50_000;
const swap = (rented: Rented, key = ids.secret(12), userId = rented.userId) =>
  swapRental(rented.bench.deps, asUser(userId), {
    rentalId: rented.id,
    cause: "no_charge",
    key: { route: "POST swap", key, bodyHash: "-" },
    requestId: "req_test",
  });
const hold = (id: string) => balanceOf(`user_hold:${id}`);
const templates = async ({ userId }: Rented) => (await told(userId)).map(({ template }) => template);

/** Swapped after `afterMs`; the other bank is out. */
const swapped = async (walletTzs = 0, afterMs = 3 * MINUTE_MS) => {
  const rented = await rentBank(createBench(), walletTzs);
  const { bench, station } = rented;
  bench.clock.advance(afterMs);
  const { rental } = await swap(rented);
  const powerBankId = await createBank();
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: ++seq, slot: 5 });
  const back = () => bankIn(bench, station.id, { powerBankId, seq: ++seq, slot: 5 });
  return { rented, bench, next: rental.id, back };
};

describe("a swap", () => {
  test("hands out another bank for the first one's deposit; the bad one costs nothing, the other what it would have cost", async () => {
    const { rented, bench, next, back } = await swapped();
    expect(bench.stations.calls.findLast(({ verb }) => verb === "dispense")).toMatchObject({
      stationId: rented.station.id,
      input: { rentalId: next },
    });
    expect([await hold(rented.id), await hold(next), await balanceOf(`user_wallet:${rented.userId}`)]).toEqual([
      0, 5_000, 0,
    ]);
    expect(await rentalRow(next)).toMatchObject({ status: "active" });
    expect(await findBreaks(bench.clock.now())).toEqual([]);
    bench.clock.advance(10 * MINUTE_MS);
    await giveBack(rented);
    expect(await rentalRow(rented.id)).toMatchObject({ status: "swapped", totalTzs: 0 });
    bench.clock.advance(2 * HOUR_MS);
    await back();
    expect(await rentalRow(next)).toMatchObject({ status: "completed", totalTzs: 1_000 });
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(4_000);
    expect(await templates(rented)).toEqual(["rental_swapped", "rental_receipt", "rental_receipt"]);
    expect(await findBreaks(bench.clock.now())).toEqual([]);
  });

  test("holds the bad bank back, and asks staff to look at it", async () => {
    const { rented } = await swapped();
    expect(await sql("select is_out_of_service from power_banks where id = $1", [rented.powerBankId])).toEqual([
      { is_out_of_service: true },
    ]);
    expect(
      await sql("select kind, rental_id, detail from tickets where power_bank_id = $1", [rented.powerBankId]),
    ).toEqual([{ kind: "bad_bank", rental_id: rented.id, detail: { cause: "no_charge" } }]);
  });

  test.each([
    ["up to the end of", 0, 0],
    ["later than", 1, 1_000],
  ])("%s half an hour, the bad bank goes back for %i more", async (_, lateMs, totalTzs) => {
    const { rented, bench } = await swapped(2_000);
    bench.clock.advance(SWAP_RETURN_MS + lateMs);
    await giveBack(rented);
    expect(await rentalRow(rented.id)).toMatchObject({ totalTzs, status: totalTzs === 0 ? "swapped" : "completed" });
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(2_000 - totalTzs);
  });

  test("names one and the same half hour in the database and in the price", async () => {
    const [row] = await sql<{ ms: number }>("select internal_ms(internal_swap_end(to_timestamp(0)))::float8 as ms");
    expect(row!.ms).toBe(SWAP_RETURN_MS);
  });

  test("of an earlier bank that is still out blocks the next start once the other one is back", async () => {
    const { rented, bench, back } = await swapped(10_000);
    await back();
    await expect(start(bench, rented.userId, await createStation())).rejects.toMatchObject({
      code: "rental_already_open",
    });
    await giveBack(rented);
    expect((await start(bench, rented.userId, await createStation())).rental.status).toBe("dispensing");
  });
});

describe("a swap is refused", () => {
  test("later than five minutes after the bank came out", async () => {
    const rented = await rentBank(createBench());
    rented.bench.clock.advance(5 * MINUTE_MS + 1);
    await expect(swap(rented)).rejects.toMatchObject({ code: "swap_unavailable" });
    expect(await rentalRow(rented.id)).toMatchObject({ status: "active", version: 2 });
    rented.bench.clock.advance(-1);
    expect((await swap(rented)).rental.status).toBe("dispensing");
  });

  test("a third time in a day", async () => {
    const { rented, bench, next } = await swapped(0, MINUTE_MS);
    const second = await swap({ ...rented, id: next });
    const powerBankId = await createBank();
    await bankOut(bench, rented.station.id, { rentalId: second.rental.id, powerBankId, seq: ++seq, slot: 6 });
    await expect(swap({ ...rented, id: second.rental.id })).rejects.toMatchObject({ code: "swap_unavailable" });
  });

  test("of a bank that is back, of somebody else's, and of one that was swapped", async () => {
    const rented = await rentBank(createBench());
    await expect(swap(rented, "other", await createUser())).rejects.toMatchObject({ code: "rental_unknown" });
    await swap(rented, "first");
    await expect(swap(rented, "second")).rejects.toMatchObject({ code: "rental_not_active" });
    const back = await rentBank(createBench());
    await giveBack(back);
    await expect(swap(back)).rejects.toMatchObject({ code: "rental_not_active" });
  });
});

describe("a swap of which nothing comes out", () => {
  test.each([["no_power_bank"], ["station_offline"]] as const)(
    "%s: leaves the first rental as it was",
    async (status) => {
      const rented = await rentBank(createBench());
      rented.bench.stations.answers.dispense = { status };
      await expect(swap(rented, "once")).rejects.toMatchObject({ code: status });
      await expect(swap(rented, "once")).rejects.toMatchObject({ code: status });
      expect(await rentalRow(rented.id)).toMatchObject({ status: "active", reason: "swap_undone" });
      expect(await hold(rented.id)).toBe(5_000);
      expect(await templates(rented)).toEqual(["rental_swap_undone"]);
      expect(await findBreaks(rented.bench.clock.now())).toEqual([]);
      rented.bench.clock.advance(20 * MINUTE_MS);
      await giveBack(rented);
      expect(await rentalRow(rented.id)).toMatchObject({ status: "completed", totalTzs: 0 });
      expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(5_000);
    },
  );

  test("while its bad bank went back gives the deposit back", async () => {
    const rented = await rentBank(createBench());
    const { rental } = await swap(rented);
    await giveBack(rented);
    await report(rented.bench, rented.station.id, {
      verb: "not_dispensed",
      rentalId: rental.id,
      reason: "not_out",
    });
    expect([await hold(rented.id), await hold(rental.id)]).toEqual([0, 0]);
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(5_000);
    expect(await findBreaks(rented.bench.clock.now())).toEqual([]);
  });
});

describe("a swap that is asked for twice", () => {
  test("with one key, also after a lost answer, is one swap", async () => {
    const rented = await rentBank(createBench());
    await neon.arm({ dropAfterCommit: { match: "rental_swap", count: 1 } });
    const first = await swap(rented, "key");
    const again = await swap(rented, "key");
    expect(again).toMatchObject({ isReplay: true, rental: { id: first.rental.id } });
    expect(await sql("select id from rentals where swap_of_id = $1", [rented.id])).toHaveLength(1);
    expect(await hold(first.rental.id)).toBe(5_000);
  });

  test("beside the return of its bank either swaps or ends, and the deposit is held once", async () => {
    for (let round = 0; round < 6; round++) {
      const rented = await rentBank(createBench());
      const [outcome] = await Promise.allSettled([swap(rented), giveBack(rented)]);
      const { status } = await rentalRow(rented.id);
      expect(["swapped", "completed"]).toContain(status);
      const held = await sql<{ tzs: number }>(
        "select coalesce(sum(a.balance_tzs), 0)::int as tzs from accounts a join rentals r on a.code = 'user_hold:' || r.id where r.user_id = $1",
        [rented.userId],
      );
      const wallet = await balanceOf(`user_wallet:${rented.userId}`);
      expect([held[0]!.tzs, wallet]).toEqual(outcome.status === "fulfilled" ? [5_000, 0] : [0, 5_000]);
    }
  });
});
