// The timer as it runs: the object's due table and alarm, the verbs, Postgres; through evictions, silence and lost words.
import { describe, expect, test } from "vitest";
import { runMinute } from "../../src/jobs.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { foundCity } from "../support/clocked-city.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks } from "../support/factories.ts";

const DUE_MS = 4 * HOUR_MS;

const rented = async (walletTzs = 5_000) => {
  const city = foundCity();
  const from = await city.station([95]);
  const to = await city.station([]);
  const { call, userId } = await city.renter(walletTzs);
  const response = await call("POST", "/rentals/start", { stationCode: from.code }, { "idempotency-key": "go" });
  const { id } = await response.json<{ id: string }>();
  city.clock.pass(5_000);
  await from.client.settled();
  await from.idle();
  const [row] = await sql<{ startedAtMs: number }>(
    "select internal_ms(started_at)::float8 as \"startedAtMs\" from rentals where id = $1 and status = 'active'",
    [id],
  );
  const { startedAtMs } = row!;
  return {
    city,
    from,
    to,
    call,
    userId,
    id,
    startedAtMs,
    /** The object's next work for this rental, minutes after its end. */
    next: async () => {
      const [due] = await from.rows<{ what: string; at_ms: number }>(
        "select what, at_ms from due where rental_id = ?",
        id,
      );
      return due && [due.what, Math.round((due.at_ms - startedAtMs - DUE_MS) / MINUTE_MS)];
    },
    at: (afterMs: number) => city.clock.pass(startedAtMs + afterMs - city.clock.now()),
    told: async () => {
      await city.settled();
      const rows = await sql<{ template: string }>(
        "select template from messages where user_id = $1 and template <> 'rental_started' order by created_at, id",
        [userId],
      );
      return rows.map(({ template }) => template);
    },
    giveBack: async () => {
      to.client.model.insert({ powerBankId: from.banks[0]!, slot: 4 });
      await to.client.settled();
      await to.idle();
    },
  };
};

describe("a rental's timer in its station's object", () => {
  test("is set for the reminder, and for the next notice after each, also through evictions", async () => {
    const { from, next, at, told } = await rented();
    expect(await next()).toEqual(["rental", -30]);
    const course: [number, string, unknown][] = [
      [DUE_MS - 30 * MINUTE_MS, "rental_reminder", ["rental", 0]],
      [DUE_MS, "rental_due", ["rental", 40]],
      [DUE_MS + 41 * MINUTE_MS, "rental_price_step", ["rental", 60]],
      [DUE_MS + 60 * MINUTE_MS, "rental_overdue", ["rental", 100]],
    ];
    for (const [afterMs, template, then] of course) {
      await from.evict();
      at(afterMs);
      await from.alarm();
      expect((await told()).at(-1)).toBe(template);
      expect(await next()).toEqual(then);
    }
    expect(await told()).toHaveLength(4);
  });

  test("rings early, twice and late without telling anything twice", async () => {
    const { from, at, told, next } = await rented();
    await from.alarm();
    at(DUE_MS - 30 * MINUTE_MS);
    await from.alarm();
    await from.alarm();
    at(DUE_MS - 20 * MINUTE_MS);
    await from.alarm();
    expect(await told()).toEqual(["rental_reminder"]);
    expect(await next()).toEqual(["rental", 0]);
  });

  test("that slept for hours without power tells the latest, and ends a rental whose patience is over as of its time", async () => {
    const { city, from, at, told, id, userId, startedAtMs, next } = await rented();
    from.client.drop();
    await from.evict();
    at(DUE_MS + 6.5 * HOUR_MS);
    await from.alarm();
    expect(await told()).toEqual(["rental_overdue"]);
    at(DUE_MS + 90 * HOUR_MS);
    await from.evict();
    await from.alarm();
    expect(await told()).toEqual(["rental_overdue", "rental_lost"]);
    expect(await next()).toContain("forget");
    expect(
      await sql(
        'select status, total_tzs::int as total, internal_ms(lost_at)::float8 as "lostAtMs" from rentals where id = $1',
        [id],
      ),
    ).toEqual([{ status: "lost", total: 26_000, lostAtMs: startedAtMs + DUE_MS + 72 * HOUR_MS }]);
    expect(await balanceOf(`user_debt:${userId}`)).toBe(21_000);
    await runMinute(city.deps);
    expect(await sql("select number is not null as numbered from receipts where rental_id = $1", [id])).toEqual([
      { numbered: true },
    ]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("asks again when Postgres was away", async () => {
    const { from, at, told, city } = await rented();
    await neon.arm({ refuse: { match: "rental_due" } });
    at(DUE_MS - 30 * MINUTE_MS);
    await from.alarm();
    expect(await told()).toEqual([]);
    await neon.clear();
    city.clock.pass(10_000);
    await from.alarm();
    expect(await told()).toEqual(["rental_reminder"]);
  });

  test("falls silent when the bank is in another station, also when the word of it was lost", async () => {
    const { city, from, at, told, giveBack, next, id } = await rented();
    const { stations } = city.deps;
    city.deps.stations = { ...stations, closed: () => Promise.reject(new Error("lost")) };
    await giveBack();
    expect(await next()).toEqual(["rental", -30]);
    at(DUE_MS - 30 * MINUTE_MS);
    await from.alarm();
    expect(await told()).toEqual(["rental_receipt"]);
    expect(await next()).toContain("forget");
    expect(await from.rows("select detail from due where rental_id = ?", id)).toEqual([{ detail: "returned" }]);
  });

  test("hears of an extension, and of a loss that the renter reports", async () => {
    const { city, call, id, next } = await rented(6_000);
    const extended = await call("POST", `/rentals/${id}/extend`, {}, { "idempotency-key": "more" });
    expect(extended.status).toBe(202);
    expect(await extended.json()).toMatchObject({ price: { totalTzs: 0 }, extensionOffer: { amountTzs: 500 } });
    await city.settled();
    expect(await next()).toEqual(["rental", 90]);
    const lost = await call("POST", `/rentals/${id}/report-lost`, { cause: "stolen" }, { "idempotency-key": "gone" });
    expect(await lost.json()).toMatchObject({ status: "lost", price: { totalTzs: 21_500 } });
    const receipt = await call("GET", `/rentals/${id}/receipt`);
    expect(await receipt.json()).toMatchObject({ totalTzs: 21_500 });
    expect(await next()).toContain("forget");
    expect(
      (
        await call("POST", `/rentals/${id}/report-lost`, { cause: "stolen" }, { "idempotency-key": "gone" })
      ).headers.get("idempotency-replayed"),
    ).toBe("true");
  });

  test("is not needed: cron alone tells, and the object learns from the next answer", async () => {
    const { city, from, at, told, next } = await rented();
    at(DUE_MS - 28 * MINUTE_MS);
    await runMinute(city.deps);
    expect(await told()).toContain("rental_reminder");
    await from.alarm();
    expect((await told()).filter((template) => template === "rental_reminder")).toHaveLength(1);
    expect(await next()).toEqual(["rental", 0]);
  });
});
