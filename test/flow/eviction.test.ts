// A whole rental through the Worker whose stations' objects are evicted between any two of its steps: what an object keeps
// in memory is a convenience, never a fact.
import { beforeAll, describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { runMinute } from "../../src/jobs.ts";
import { neon, sql } from "../support/control.ts";
import { type Providers, startProviders } from "../support/city.ts";
import { type ClockedCity, type ClockedStation, foundCity } from "../support/clocked-city.ts";
import { balanceOf, bookBreaks } from "../support/factories.ts";

let providers: Providers;
beforeAll(async () => {
  providers = await startProviders();
});

const statusOf = async (id: string): Promise<unknown> =>
  (await sql("select status, is_overdue from rentals where id = $1", [id]))[0];
const ejectsOf = (station: ClockedStation) => station.client.received.filter(({ type }) => type === "eject");

/** Short of the whole deposit; the prompt is on the phone. */
const startShort = async (city: ClockedCity, station: ClockedStation) => {
  const renter = await city.renter();
  const payment = { provider: "mpesa", phone: "0754913000" };
  const response = await renter.call(
    "POST",
    "/rentals/start",
    { stationCode: station.code, payment },
    { "idempotency-key": "one" },
  );
  const { id } = await response.json<{ id: string }>();
  const [row] = await sql<{ external_id: string }>("select external_id from payments where rental_id = $1", [id]);
  const [body] = await providers.callbacks(row!.external_id);
  return { ...renter, id, pay: () => city.callback(body!) };
};

describe("a rental whose objects are evicted between lease, payment, eject, departure, due time and return", () => {
  test("goes to its end as if they had not been, with one eject, one charge and one receipt", async () => {
    const city = foundCity();
    const from = await city.station([95, 90]);
    const to = await city.station([]);
    const evictBoth = () => Promise.all([from.evict(), to.evict()]);

    const { id, userId, call, pay } = await startShort(city, from);
    await evictBoth();
    expect(await from.rows("select slot from leases where rental_id = ?", id)).toEqual([{ slot: 1 }]);

    // The bank leaves later than it is told to, so that there is time for an eviction in between.
    from.client.arm({ kind: "late_drop", ms: 5_000, times: 1 });
    expect((await pay()).status).toBe(200);
    await from.client.frame("eject");
    await evictBoth();
    expect((await pay()).status).toBe(200);
    expect(
      (
        await call(
          "POST",
          "/rentals/start",
          { stationCode: from.code, payment: { provider: "mpesa", phone: "0754913000" } },
          { "idempotency-key": "one" },
        )
      ).status,
    ).toBe(202);
    expect(ejectsOf(from)).toHaveLength(1);

    city.clock.pass(5_000);
    await from.client.settled();
    await evictBoth();
    await from.alarm();
    expect(await statusOf(id)).toEqual({ status: "active", is_overdue: false });
    expect(from.client.model.cabinet.bankIn(1)).toBeNull();

    await evictBoth();
    city.clock.pass(4 * HOUR_MS + MINUTE_MS);
    await from.alarm();
    expect(await statusOf(id)).toEqual({ status: "active", is_overdue: true });

    await evictBoth();
    city.clock.pass(MINUTE_MS);
    to.client.model.insert({ powerBankId: from.banks[0]!, slot: 4 });
    await to.client.settled();
    await evictBoth();
    await to.alarm();
    expect(await statusOf(id)).toMatchObject({ status: "completed" });

    await evictBoth();
    await runMinute(city.deps);
    // Everything once more that could be repeated.
    to.client.model.reportAll();
    await to.client.settled();
    await Promise.all([to.idle(), from.alarm()]);
    await runMinute(city.deps);
    expect(ejectsOf(from)).toHaveLength(1);
    expect(
      await sql("select total_tzs::int as total, number is not null as numbered from receipts where rental_id = $1", [
        id,
      ]),
    ).toEqual([{ total: 1_000, numbered: true }]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
    expect(await sql("select code from accounts where kind = 'user_hold' and balance_tzs <> 0")).toEqual([]);
    expect(await bookBreaks()).toEqual([]);
  });
});

describe("an eviction while a report is on its way to Postgres", () => {
  const rented = async () => {
    const city = foundCity();
    const from = await city.station([95]);
    const to = await city.station([]);
    const { call, userId } = await city.renter(5_000);
    const { id } = await (
      await call("POST", "/rentals/start", { stationCode: from.code }, { "idempotency-key": "one" })
    ).json<{ id: string }>();
    await from.client.frame("eject");
    return { city, from, to, id, userId };
  };

  test.each(["rental_activate", "custody_return", "rental_settle"])(
    "and %s commits without an answer: the report comes again and has no second effect",
    async (name) => {
      const { city, from, to, id, userId } = await rented();
      if (name === "rental_activate") await neon.arm({ dropAfterCommit: { match: `"${name}"` } });
      await from.client.settled();
      await from.idle();
      city.clock.pass(HOUR_MS);
      if (name !== "rental_activate") await neon.arm({ dropAfterCommit: { match: `"${name}"` } });
      else {
        await from.evict();
        await neon.clear();
        await from.alarm();
      }
      expect(await statusOf(id)).toMatchObject({ status: "active" });
      to.client.model.insert({ powerBankId: from.banks[0]! });
      await to.client.settled();
      await to.idle();
      await to.evict();
      await neon.clear();
      city.clock.pass(HOUR_MS);
      await to.alarm();
      expect(await statusOf(id)).toMatchObject({ status: "completed" });
      expect(await to.rows("select id from outbox where power_bank_id is not null")).toEqual([]);
      expect(
        await sql("select direction, count(*)::int as n from custody where rental_id = $1 group by 1 order by 1", [id]),
      ).toEqual([
        { direction: "in", n: 1 },
        { direction: "out", n: 1 },
      ]);
      expect(await sql("select count(*)::int as n from receipts where rental_id = $1", [id])).toEqual([{ n: 1 }]);
      expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
      expect(await bookBreaks()).toEqual([]);
    },
  );
});
