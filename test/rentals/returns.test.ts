import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createBank, createStation, createUser } from "../support/factories.ts";
import { bankIn, bankOut, createBench, start } from "../support/verbs.ts";
import { isoMs, rent, rentalRow } from "./bank-out.ts";

describe("a return", () => {
  test("at another station ends the rental, bills it and gives the rest of the deposit back", async () => {
    const { bench, userId, rentalId, powerBankId, station } = await rent();
    const other = await createStation();
    bench.clock.advance(HOUR_MS);
    const answer = await bankIn(bench, other.id, { powerBankId, seq: 5 });
    expect(answer).toMatchObject({ status: "accepted", rental: { rentalId, status: "completed", dueAtMs: null } });
    expect(await rentalRow(rentalId)).toMatchObject({
      status: "completed",
      total_tzs: "1000",
      return_station_id: other.id,
    });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
    expect(await balanceOf(`user_hold:${rentalId}`)).toBe(0);
    expect(bench.stations.calls).toContainEqual({
      verb: "closed",
      stationId: station.id,
      input: { rentalId, status: "returned", atMs: bench.clock.now() },
    });
    expect(await bookBreaks()).toEqual([]);
  });

  test("delivered twenty times at once is billed once", async () => {
    const { bench, userId, rentalId, powerBankId, station } = await rent();
    bench.clock.advance(HOUR_MS);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bankIn(bench, station.id, { powerBankId, seq: 11 })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set(["accepted"]));
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
    expect(await sql("select count(*)::int as n from receipts where rental_id = $1", [rentalId])).toEqual([{ n: 1 }]);
    expect(
      await sql("select count(*)::int as n from messages where user_id = $1 and template = 'rental_receipt'", [userId]),
    ).toEqual([{ n: 1 }]);
    expect(
      await sql("select count(*)::int as n from custody where power_bank_id = $1 and direction = 'in'", [powerBankId]),
    ).toEqual([{ n: 1 }]);
  });

  test("that was buffered while the bank was rented again leaves the new rental untouched", async () => {
    const first = await rent();
    const { bench, powerBankId } = first;
    const other = await createStation();
    // Returned at `other` while it was offline; there it is seen, handed out again, and only then the buffer is replayed.
    const returnedAtMs = bench.clock.now() + 20 * MINUTE_MS;
    bench.clock.advance(HOUR_MS);
    const second = await rent(bench, 9, powerBankId, other);
    const before = await rentalRow(second.rentalId);
    await bankIn(bench, other.id, { powerBankId, seq: 4, atMs: returnedAtMs });
    expect(await rentalRow(second.rentalId)).toEqual(before);
    expect(before.status).toBe("active");
    expect(await rentalRow(first.rentalId)).toMatchObject({ status: "completed" });
    expect(await sql("select place from power_banks where id = $1", [powerBankId])).toEqual([{ place: "rented" }]);
    expect(
      await sql("select outcome from custody where power_bank_id = $1 and direction = 'in'", [powerBankId]),
    ).toEqual([{ outcome: "stale" }]);
  });

  test("whose station cannot date it ends the rental that began after the earliest time it can have, at that start", async () => {
    const { bench, rentalId, powerBankId, station } = await rent();
    const other = await createStation();
    const startedAtMs = bench.clock.now();
    bench.clock.advance(HOUR_MS);
    const earliest = { powerBankId, atMs: startedAtMs - HOUR_MS, seq: 5 };
    await bankIn(bench, other.id, { ...earliest, receivedAtMs: startedAtMs - 1, isDated: false });
    expect(await rentalRow(rentalId)).toMatchObject({ status: "active" });
    await bankIn(bench, other.id, { ...earliest, seq: 6, receivedAtMs: bench.clock.now() });
    expect(await rentalRow(rentalId)).toMatchObject({ status: "active" });
    await bankIn(bench, other.id, { ...earliest, seq: 7, receivedAtMs: bench.clock.now(), isDated: false });
    const ended = await rentalRow(rentalId);
    expect(ended).toMatchObject({ status: "completed", return_station_id: other.id });
    expect(isoMs(ended.ended_at)).toBe(startedAtMs);
    expect(station.id).not.toBe(other.id);
  });

  test("that arrives before its eject was reported ends the rental at the time of the return", async () => {
    const bench = createBench();
    const station = await createStation();
    const other = await createStation();
    const userId = await createUser({ walletTzs: 5_000 });
    const powerBankId = await createBank();
    const { rental } = await start(bench, userId, station);
    const leftAtMs = bench.clock.now();
    const cameAtMs = leftAtMs + 2 * HOUR_MS;
    bench.clock.advance(6 * HOUR_MS);
    expect(await bankIn(bench, other.id, { powerBankId, seq: 4, atMs: cameAtMs })).toMatchObject({
      status: "accepted",
    });
    const answer = await bankOut(
      bench,
      station.id,
      { rentalId: rental.id, powerBankId, seq: 10, atMs: leftAtMs },
      leftAtMs + 30_000,
    );
    expect(answer).toMatchObject({ status: "accepted", rental: { status: "completed" } });
    const row = await rentalRow(rental.id);
    expect(row).toMatchObject({ status: "completed", total_tzs: "1000" });
    expect(isoMs(row.ended_at)).toBe(cameAtMs);
  });

  test("is told from a departure that bears the name of an older arrival in the same slot", async () => {
    const bench = createBench();
    const station = await createStation();
    const userId = await createUser({ walletTzs: 5_000 });
    const powerBankId = await createBank();
    const { rental } = await start(bench, userId, station);
    bench.clock.advance(2_000);
    const seen = { powerBankId, atMs: bench.clock.now() - 1_000 };
    // Event 24 proved the departure, as of right after 23; the word of 23 is late.
    expect(await bankOut(bench, station.id, { rentalId: rental.id, ...seen, seq: 23 })).toMatchObject({
      status: "accepted",
    });
    expect(await bankIn(bench, station.id, { ...seen, seq: 23 })).toMatchObject({ status: "accepted" });
    expect(await rentalRow(rental.id)).toMatchObject({ status: "active" });
    expect(await bankIn(bench, station.id, { ...seen, seq: 24 })).toMatchObject({ status: "accepted" });
    expect(await rentalRow(rental.id)).toMatchObject({ status: "completed", reason: "returned" });
  });

  test("that overtakes the report of its eject ends the rental of a bank that was rented before, too", async () => {
    const { bench, station, powerBankId } = await rent();
    bench.clock.advance(HOUR_MS);
    await bankIn(bench, station.id, { powerBankId, seq: 11 });
    const leftAtMs = bench.clock.now() + 10 * MINUTE_MS;
    bench.clock.advance(10 * MINUTE_MS);
    const userId = await createUser({ walletTzs: 5_000 });
    const { rental } = await start(bench, userId, station);
    bench.clock.advance(HOUR_MS);
    const other = await createStation();
    await bankIn(bench, other.id, { powerBankId, seq: 5 });
    const backAtMs = bench.clock.now();
    bench.clock.advance(2 * HOUR_MS);
    await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 12, atMs: leftAtMs }, leftAtMs + 30_000);
    const row = await rentalRow(rental.id);
    expect(row).toMatchObject({ status: "completed", total_tzs: "1000", return_station_id: other.id });
    expect(isoMs(row.ended_at)).toBe(backAtMs);
    expect(await bookBreaks()).toEqual([]);
  });

  test("to another station before a snapshot could prove the departure ends the rental, whichever was told first", async () => {
    for (const isReturnFirst of [true, false]) {
      const { bench, station, powerBankId } = await rent();
      bench.clock.advance(HOUR_MS);
      await bankIn(bench, station.id, { powerBankId, seq: 11 });
      const userId = await createUser({ walletTzs: 5_000 });
      bench.clock.advance(HOUR_MS);
      const { rental } = await start(bench, userId, station);
      const openedAtMs = bench.clock.now();
      const other = await createStation();
      bench.clock.advance(HOUR_MS);
      const comesBack = () => bankIn(bench, other.id, { powerBankId, seq: 5, atMs: openedAtMs + 10 * MINUTE_MS });
      // The station rebooted while it ejected; its next inventory, an hour later, is the first that lacks the bank.
      const left = { rentalId: rental.id, powerBankId, bootId: "boot-2", seq: 2, atMs: bench.clock.now() };
      if (isReturnFirst) await comesBack();
      await bankOut(bench, station.id, left, openedAtMs + 30_000);
      if (!isReturnFirst) await comesBack();
      const row = await rentalRow(rental.id);
      expect(row).toMatchObject({ status: "completed", total_tzs: "0", return_station_id: other.id });
    }
    expect(await bookBreaks()).toEqual([]);
  });

  test("told twice answers no later departure of the same bank", async () => {
    const { bench, station, powerBankId } = await rent();
    bench.clock.advance(HOUR_MS);
    const other = await createStation();
    await bankIn(bench, other.id, { powerBankId, seq: 5 });
    await bankIn(bench, other.id, { powerBankId, seq: 6 });
    const next = await rent(bench, 7, powerBankId, other);
    expect(await rentalRow(next.rentalId)).toMatchObject({ status: "active" });
    bench.clock.advance(MINUTE_MS);
    await bankIn(bench, station.id, { powerBankId, seq: 20 });
    const last = await rent(bench, 21, powerBankId, station);
    expect(await rentalRow(last.rentalId)).toMatchObject({ status: "active" });
  });

  test("that nobody awaited is spent by the departure after it: it ends no rental elsewhere within minutes", async () => {
    const bench = createBench();
    const [first, second] = [await createStation(), await createStation()];
    const powerBankId = await createBank();
    await bankIn(bench, first.id, { powerBankId, seq: 1 });
    bench.clock.advance(20_000);
    await rent(bench, 2, powerBankId, first);
    bench.clock.advance(2_000);
    await bankIn(bench, second.id, { powerBankId, seq: 7 });
    bench.clock.advance(28_000);
    const { rentalId } = await rent(bench, 8, powerBankId, second);
    expect(await rentalRow(rentalId)).toMatchObject({ status: "active", ended_at: null });
  });

  test("is matched by boot and sequence at one station, whatever the clocks say", async () => {
    const first = await rent(createBench(), 10);
    const { bench, station, powerBankId } = first;
    bench.clock.advance(HOUR_MS);
    await bankIn(bench, station.id, { powerBankId, seq: 11 });
    const second = await rent(bench, 12, powerBankId, station);
    // A late frame from before the second departure, with a clock that claims to be later.
    await bankIn(bench, station.id, { powerBankId, seq: 8, slot: 4, atMs: bench.clock.now() + 1_000 });
    expect((await rentalRow(second.rentalId)).status).toBe("active");
  });

  test("within five minutes is free twice a day and not a third time", async () => {
    const bench = createBench();
    const station = await createStation();
    const powerBankId = await createBank();
    const userId = await createUser({ walletTzs: 5_000 });
    const totals: (string | null)[] = [];
    for (let i = 0; i < 3; i++) {
      const { rental } = await start(bench, userId, station);
      await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 10 + i * 2 });
      bench.clock.advance(5 * MINUTE_MS);
      await bankIn(bench, station.id, { powerBankId, seq: 11 + i * 2 });
      totals.push((await rentalRow(rental.id)).total_tzs);
      bench.clock.advance(MINUTE_MS);
    }
    expect(totals).toEqual(["0", "0", "1000"]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test("of a bank that the fleet does not know, or has retired, is stored with an outcome of its own", async () => {
    const bench = createBench();
    const station = await createStation();
    const retired = await createBank("retired");
    expect(await bankIn(bench, station.id, { powerBankId: "stranger-1", seq: 1 })).toMatchObject({
      status: "accepted",
    });
    expect(await bankIn(bench, station.id, { powerBankId: retired, seq: 2 })).toMatchObject({ status: "accepted" });
    expect(
      await sql("select outcome from custody where power_bank_id in ('stranger-1', $1) order by id", [retired]),
    ).toEqual([{ outcome: "unknown_bank" }, { outcome: "retired_bank" }]);
  });

  test("costs more than the deposit: the hold, then the wallet, then a debt pay it, and the debt blocks the next start", async () => {
    const { bench, userId, powerBankId, station, rentalId } = await rent();
    await sql(
      "select ledger_post($1, 'test', now(), now(), array['bank', 'user_wallet:' || $2], array[300::bigint, -300])",
      [`extra:${userId}`, userId],
    );
    bench.clock.advance(40 * HOUR_MS);
    await bankIn(bench, station.id, { powerBankId, seq: 11 });
    const total = Number((await rentalRow(rentalId)).total_tzs);
    expect(total).toBeGreaterThan(5_300);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect(await balanceOf(`user_debt:${userId}`)).toBe(total - 5_300);
    await expect(start(bench, userId, station)).rejects.toMatchObject({
      code: "debt_open",
      details: { debtTzs: total - 5_300 },
    });
    expect(await bookBreaks()).toEqual([]);
  });

  test("told late, of a bank that somebody has carried to another station since, does not say where it is now", async () => {
    const { bench, powerBankId, rentalId } = await rent();
    const [first, second] = [await createStation(), await createStation()];
    const atFirstMs = bench.clock.now() + 20 * MINUTE_MS;
    bench.clock.advance(HOUR_MS);
    await bankIn(bench, second.id, { powerBankId, seq: 4 });
    await bankIn(bench, first.id, { powerBankId, seq: 7, atMs: atFirstMs });
    const place = () => sql("select place, station_id from power_banks where id = $1", [powerBankId]);
    expect(await place()).toEqual([{ place: "slot", station_id: second.id }]);
    expect(await rentalRow(rentalId)).toMatchObject({ status: "completed", return_station_id: second.id });
    // Within what two clocks may differ the last word counts.
    await bankIn(bench, first.id, { powerBankId, seq: 8, atMs: bench.clock.now() - MINUTE_MS });
    expect(await place()).toEqual([{ place: "slot", station_id: first.id }]);
  });
});
