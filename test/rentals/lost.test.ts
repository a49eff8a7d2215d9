import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/lib/clock.ts";
import { forgiveDebt } from "../../src/ledger/service.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createStation, createUser, ids } from "../support/factories.ts";
import { createStaff } from "../support/payouts.ts";
import {
  ask,
  entry,
  extend,
  findBreaks,
  giveBack,
  lose,
  type Rented,
  rentalRow,
  rentBank,
  told,
} from "../support/rented.ts";
import { bankOut, createBench, start } from "../support/verbs.ts";

const DUE_MS = 4 * HOUR_MS;
const kinds = async ({ id }: Rented) => (await rentalRow(id)).lines?.map(({ kind, grossTzs }) => [kind, grossTzs]);
const placeOf = async ({ powerBankId }: Rented) =>
  (await sql<{ place: string }>("select place from power_banks where id = $1", [powerBankId]))[0]!.place;

const lostByTime = async (walletTzs = 0, askedLateMs = 5 * HOUR_MS) => {
  const rented = await rentBank(createBench(), walletTzs);
  rented.bench.clock.set(rented.startedAtMs + DUE_MS + 72 * HOUR_MS + askedLateMs);
  await ask(rented);
  return rented;
};

describe("a loss that the renter reports", () => {
  test.each([
    ["before the end", HOUR_MS, 20_000],
    ["24 hours after the end", DUE_MS + 24 * HOUR_MS, 20_000],
    ["a second later", DUE_MS + 24 * HOUR_MS + SECOND_MS, 25_000],
  ])("%s costs the replacement price besides the base, instead of late fees", async (_, afterMs, replacementTzs) => {
    const rented = await rentBank(createBench(), 50_000);
    rented.bench.clock.advance(afterMs);
    const { rental } = await lose(rented);
    expect(rental).toMatchObject({ status: "lost", reason: "reported_lost", totalTzs: 1_000 + replacementTzs });
    expect(await kinds(rented)).toEqual([
      ["base", 1_000],
      ["lost", replacementTzs],
    ]);
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(55_000 - 1_000 - replacementTzs);
    expect(await balanceOf(`user_hold:${rented.id}`)).toBe(0);
    expect(await placeOf(rented)).toBe("lost");
    expect(await findBreaks(rented.bench.clock.now())).toEqual([]);
  });

  test("is charged to the hold, then the wallet, then as a debt that blocks the next start", async () => {
    const rented = await rentBank(createBench(), 2_000);
    const { bench, userId, id } = rented;
    await extend(rented);
    await lose(rented);
    expect(await balanceOf(`user_debt:${userId}`)).toBe(21_500 - 5_500 - 1_500);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect(await entry(`rental:${id}:lost`)).toMatchObject({ user_hold: 5_500, user_wallet: 1_500, user_debt: 14_500 });
    const [receipt] = await sql<{ token: string }>("select token from receipts where rental_id = $1", [id]);
    expect((await told(userId)).at(-1)).toEqual({
      template: "rental_lost",
      params: { totalTzs: 21_500, debtTzs: 14_500, foundWithinDays: 45, token: receipt!.token },
    });
    await expect(start(bench, userId, await createStation())).rejects.toMatchObject({ code: "debt_open" });
    expect(bench.stations.calls.findLast(({ verb }) => verb === "closed")?.input).toMatchObject({ status: "lost" });
    expect(await bookBreaks()).toEqual([]);
  });

  test("is charged once, however often it is told or its answer lost", async () => {
    const rented = await rentBank(createBench(), 50_000);
    await neon.arm({ dropAfterCommit: { match: "rental_lose", count: 1 } });
    const [one, two] = await Promise.all([lose(rented, "k"), lose(rented, "k")]);
    expect([one.rental.status, two.rental.status]).toEqual(["lost", "lost"]);
    await expect(lose(rented)).rejects.toMatchObject({ code: "rental_not_active" });
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(55_000 - 21_000);
  });

  test("is refused once the bank is in a slot, and for a stranger", async () => {
    const rented = await rentBank(createBench());
    await expect(lose({ ...rented, userId: await createUser() })).rejects.toMatchObject({ code: "rental_unknown" });
    // The return is stored, and the Worker was cut before it settled.
    await neon.arm({ refuse: { match: "rental_settle" } });
    await expect(giveBack(rented, rented.bench.clock.now(), 900)).rejects.toMatchObject({ code: "unavailable" });
    await neon.clear();
    await expect(lose(rented)).rejects.toMatchObject({ code: "rental_not_active" });
    await giveBack(rented, rented.bench.clock.now(), 900);
    expect(await rentalRow(rented.id)).toMatchObject({ status: "completed", totalTzs: 0 });
  });

  test("beside a return at the same time ends in one of them, and the return wins in the end", async () => {
    for (let round = 0; round < 6; round++) {
      const rented = await rentBank(createBench());
      rented.bench.clock.advance(HOUR_MS);
      await Promise.allSettled([lose(rented), giveBack(rented)]);
      expect(await rentalRow(rented.id)).toMatchObject({ status: "completed", totalTzs: 1_000 });
      expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(4_000);
      expect(await balanceOf(`user_debt:${rented.userId}`)).toBe(0);
    }
    expect(await bookBreaks()).toEqual([]);
  });
});

describe("a loss by time", () => {
  test("counts from 72 hours after the end, whenever the timer came to it", async () => {
    const rented = await lostByTime(1_000);
    expect(await rentalRow(rented.id)).toMatchObject({
      status: "lost",
      reason: "lost_by_time",
      totalTzs: 26_000,
      lostAtMs: rented.startedAtMs + DUE_MS + 72 * HOUR_MS,
    });
    expect(await balanceOf(`user_debt:${rented.userId}`)).toBe(20_000);
    expect((await told(rented.userId)).map(({ template }) => template)).toEqual(["rental_lost"]);
    await ask(rented);
    expect(await told(rented.userId)).toHaveLength(1);
  });

  test("does not come before its time, nor for one that was prolonged meanwhile", async () => {
    const rented = await rentBank(createBench(), 5_000);
    await extend(rented);
    rented.bench.clock.set(rented.startedAtMs + DUE_MS + 73 * HOUR_MS);
    await ask(rented);
    expect(await rentalRow(rented.id)).toMatchObject({ status: "active" });
    rented.bench.clock.advance(HOUR_MS);
    await ask(rented);
    expect(await rentalRow(rented.id)).toMatchObject({ status: "lost", totalTzs: 26_500 });
  });
});

describe("a lost bank that comes back", () => {
  test("within 45 days is billed as of its return: one entry, one credit note, the debt first", async () => {
    const rented = await lostByTime(1_000);
    const { bench, id, userId } = rented;
    bench.clock.advance(10 * DAY_MS);
    await giveBack(rented);
    expect(await rentalRow(id)).toMatchObject({ status: "completed", reason: "found", totalTzs: 15_000 });
    const lostVat = Math.round((26_000 * 18) / 118);
    const foundVat = Math.round((15_000 * 18) / 118);
    const posted = await entry(`rental:${id}:found`);
    expect(posted["vat_output"]).toBe(lostVat - foundVat);
    expect(posted["user_debt"]).toBe(-11_000);
    expect(posted["user_wallet"]).toBeUndefined();
    expect(posted["user_hold"]).toBeUndefined();
    expect((posted["revenue_lost"] ?? 0) + (posted["revenue_late"] ?? 0) + (posted["revenue_rental"] ?? 0)).toBe(
      11_000 - (lostVat - foundVat),
    );
    expect(await balanceOf(`user_debt:${userId}`)).toBe(9_000);
    const [note] = await sql<{
      reason: string;
      total: number;
      vat: number;
      lines: { kind: string; grossTzs: number }[];
    }>(
      `select n.reason, n.total_tzs::int as total, n.vat_tzs::int as vat, n.lines
       from credit_notes n join receipts r on r.id = n.receipt_id where r.rental_id = $1`,
      [id],
    );
    expect(note).toMatchObject({ reason: "found", total: -11_000, vat: foundVat - lostVat });
    expect(note!.lines.map(({ kind, grossTzs }) => [kind, grossTzs])).toEqual([["lost", -11_000]]);
    expect((await told(userId)).at(-1)).toMatchObject({
      template: "rental_found",
      params: { amountTzs: 11_000, debtTzs: 9_000 },
    });
    expect(await placeOf(rented)).toBe("slot");
    expect(await bookBreaks()).toEqual([]);
    expect(await findBreaks(bench.clock.now())).toEqual([]);
  });

  test("gives what is not owed to the wallet, and a repeat changes nothing", async () => {
    const rented = await rentBank(createBench(), 50_000);
    await lose(rented);
    rented.bench.clock.advance(HOUR_MS);
    await giveBack(rented, rented.bench.clock.now(), 950);
    await giveBack(rented, rented.bench.clock.now(), 950);
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(54_000);
    expect(await rentalRow(rented.id)).toMatchObject({ status: "completed", totalTzs: 1_000 });
    expect((await told(rented.userId)).map(({ template }) => template)).toEqual(["rental_lost", "rental_found"]);
    expect(
      await sql("select count(*)::int as n from journal_entries where reference = $1", [`rental:${rented.id}:found`]),
    ).toEqual([{ n: 1 }]);
  });

  test("whose return was only told late counts from its own time", async () => {
    const rented = await lostByTime();
    await giveBack(rented, rented.startedAtMs + 3 * HOUR_MS);
    expect(await rentalRow(rented.id)).toMatchObject({ status: "completed", totalTzs: 1_000 });
    expect(await balanceOf(`user_debt:${rented.userId}`)).toBe(0);
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(4_000);
    expect(await findBreaks(rented.bench.clock.now())).toEqual([]);
  });

  test("within the free minutes takes back every line of the bill", async () => {
    const rented = await lostByTime();
    await giveBack(rented, rented.startedAtMs + 4 * MINUTE_MS);
    expect(await rentalRow(rented.id)).toMatchObject({ totalTzs: 0 });
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(5_000);
    expect(await findBreaks(rented.bench.clock.now())).toEqual([]);
  });

  test("is charged late fees at the rate of VAT of its return, and credited at the rate of its receipt", async () => {
    await sql("insert into vat_rates (effective_from, percent) values ('2026-11-25', 20)");
    const rented = await lostByTime();
    rented.bench.clock.advance(5 * DAY_MS);
    await giveBack(rented);
    await sql("update vat_rates set percent = 18 where effective_from = '2026-11-25'");
    expect((await entry(`rental:${rented.id}:found`))["vat_output"]).toBe(
      Math.round((26_000 * 18) / 118) - Math.round((15_000 * 20) / 120),
    );
    expect(await bookBreaks()).toEqual([]);
  });

  test("does not pay out what was written off meanwhile", async () => {
    const rented = await lostByTime();
    const { bench, userId } = rented;
    const before = await balanceOf("bad_debt");
    await forgiveDebt(bench.deps, await createStaff(), {
      userId,
      amountTzs: null,
      reason: "could not pay",
      key: { route: "POST forgive", key: ids.secret(8), bodyHash: "h" },
      requestId: "req_test",
    });
    expect(await balanceOf("bad_debt")).toBe(before + 21_000);
    await giveBack(rented, rented.startedAtMs + 3 * HOUR_MS);
    expect(await balanceOf("bad_debt")).toBe(before);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
  });

  test("after 45 days is taken back into the fleet, and the bill stays", async () => {
    const rented = await lostByTime(0, 0);
    rented.bench.clock.advance(45 * DAY_MS + SECOND_MS);
    await giveBack(rented);
    expect(await rentalRow(rented.id)).toMatchObject({ status: "lost", totalTzs: 26_000 });
    expect(await placeOf(rented)).toBe("slot");
  });

  test("unnoticed, and is rented again, was found when it left", async () => {
    const rented = await lostByTime();
    const { bench, station, powerBankId } = rented;
    bench.clock.advance(DAY_MS);
    const next = await createUser({ walletTzs: 5_000 });
    const { rental } = await start(bench, next, station);
    await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 5_000 });
    expect(await rentalRow(rented.id)).toMatchObject({ status: "completed", reason: "found" });
    expect(await rentalRow(rental.id)).toMatchObject({ status: "active" });
    expect(await findBreaks(bench.clock.now())).toEqual([]);
  });
});
