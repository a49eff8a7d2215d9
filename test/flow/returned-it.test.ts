// "I returned it": what a renter's word does where the station did not notice, and what it never does.
import { describe, expect, test } from "vitest";
import { MINUTE_MS } from "../../src/lib/clock.ts";
import { sql } from "../support/control.ts";
import { type ClockedStation, foundCity } from "../support/clocked-city.ts";
import { bookBreaks } from "../support/factories.ts";
import { rentalOf, type Taken, takeBank, told } from "../support/returns.ts";

interface Answer {
  outcome: string;
  pausedUntil: string | null;
  rental: { status: string; endedAt: string | null; price: { totalTzs: number } };
}
const say = async (renter: Taken, stationCode?: string) => {
  const response = await renter.call("POST", `/rentals/${renter.id}/end`, stationCode ? { stationCode } : {});
  return { status: response.status, body: await response.json<Answer & { code?: string }>() };
};
const alive = (station: ClockedStation) => station.client.send(station.client.model.heartbeat());
const reportsOf = (id: string) =>
  sql<{ sight: string; paused: boolean }>(
    `select detail ->> 'sight' as sight, (detail ->> 'isPaused')::boolean as paused from audit_log
     where subject = $1 and action = 'return_reported' order by id`,
    [id],
  );
const ticketsOf = (id: string) =>
  sql("select kind, occurrences from tickets where rental_id = $1 and kind = 'return_not_seen'", [id]);

const setUp = async (charges: number[] = []) => {
  const city = foundCity();
  const from = await city.station([95]);
  const to = await city.station(charges);
  const renter = await takeBank(city, from);
  return { city, from, to, renter };
};

describe("“I returned it” with evidence", () => {
  test("a bank that the station took and did not tell of: it is asked, and the rental ends", async () => {
    const { city, to, renter } = await setUp();
    city.clock.pass(60 * MINUTE_MS);
    to.client.arm({ kind: "unnoticed_return", times: 1 });
    to.client.model.insert({ powerBankId: renter.powerBankId });
    alive(to);
    const { status, body } = await say(renter, to.code);
    expect(status).toBe(200);
    expect(body).toMatchObject({ outcome: "returned", pausedUntil: null, rental: { status: "completed" } });
    expect(await rentalOf(renter.id)).toMatchObject({ endedAtMs: city.clock.now(), station: to.id, total: 1_000 });
    // Said again it is what it was.
    expect((await say(renter, to.code)).body).toMatchObject({ outcome: "returned", rental: { status: "completed" } });
    expect(await reportsOf(renter.id)).toEqual([]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("a report that was parked goes out at once", async () => {
    const { city, to, renter } = await setUp();
    city.clock.pass(60 * MINUTE_MS);
    const atMs = city.clock.now();
    const { deps } = city;
    const db = deps.db;
    Object.assign(deps, { db: null });
    to.client.model.insert({ powerBankId: renter.powerBankId });
    await told(to);
    Object.assign(deps, { db });
    await to.rows("update outbox set is_parked = 1, refusals = 20");
    expect(await rentalOf(renter.id)).toMatchObject({ status: "active" });
    city.clock.pass(MINUTE_MS);
    alive(to);
    expect((await say(renter, to.code)).body.outcome).toBe("returned");
    expect(await rentalOf(renter.id)).toMatchObject({ status: "completed", endedAtMs: atMs });
  });
});

describe("“I returned it” with none", () => {
  test("ends nothing, stops no clock, and makes work for staff, once", async () => {
    const { city, to, renter } = await setUp();
    city.clock.pass(60 * MINUTE_MS);
    alive(to);
    const before = await rentalOf(renter.id);
    expect((await say(renter, to.code)).body).toMatchObject({ outcome: "not_seen", pausedUntil: null });
    expect((await say(renter)).body).toMatchObject({ outcome: expect.any(String) as string });
    expect(await rentalOf(renter.id)).toEqual(before);
    expect((await reportsOf(renter.id))[0]).toEqual({ sight: "absent", paused: false });
    expect(await ticketsOf(renter.id)).toHaveLength(1);
  });

  test("is refused for somebody else's rental, an unknown station, and a rental whose bank is not out", async () => {
    const { city, to, renter } = await setUp();
    const stranger = await city.renter();
    const response = await stranger.call("POST", `/rentals/${renter.id}/end`, { stationCode: to.code });
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([404, "rental_unknown"]);
    expect((await say(renter, "999999")).body.code).toBe("station_unknown");
    await sql("update rentals set status = 'dispensing' where id = $1", [renter.id]);
    expect((await say(renter, to.code)).body.code).toBe("rental_not_active");
  });
});

describe("“I returned it” before a station that takes nothing", () => {
  const full = [90, 91, 92, 93, 94, 95, 96, 97];

  test("a full one: the clock stands still for 30 minutes, once, and the bill shows it", async () => {
    const { city, to, renter } = await setUp(full);
    const other = await city.station([]);
    const { dueAtMs } = await rentalOf(renter.id);
    city.clock.pass(235 * MINUTE_MS);
    alive(to);
    const saidAtMs = city.clock.now();
    const { body } = await say(renter, to.code);
    expect(body).toMatchObject({
      outcome: "paused",
      pausedUntil: new Date(saidAtMs + 30 * MINUTE_MS).toISOString(),
    });
    expect(await rentalOf(renter.id)).toMatchObject({ dueAtMs: Number(dueAtMs) + 30 * MINUTE_MS, status: "active" });
    // Said again it stands still no longer than before.
    city.clock.pass(20 * MINUTE_MS);
    alive(to);
    expect((await say(renter, to.code)).body.pausedUntil).toBe(body.pausedUntil);
    city.clock.pass(20 * MINUTE_MS);
    alive(to);
    expect((await say(renter, to.code)).body).toMatchObject({ outcome: "not_seen", pausedUntil: null });
    expect(await reportsOf(renter.id)).toEqual([
      { sight: "full", paused: true },
      { sight: "full", paused: false },
      { sight: "full", paused: false },
    ]);
    // 275 minutes on the wall, 245 on the clock: within the grace after 240.
    other.client.model.insert({ powerBankId: renter.powerBankId });
    await told(other);
    expect(await rentalOf(renter.id)).toMatchObject({ status: "completed", total: 1_000 });
    expect(await bookBreaks()).toEqual([]);
  });

  test("an offline one: the clock stands still, and the return that it proves later counts from its own time", async () => {
    const { city, to, renter } = await setUp();
    to.client.drop();
    city.clock.pass(235 * MINUTE_MS);
    to.client.model.insert({ powerBankId: renter.powerBankId });
    const returnedAtMs = city.clock.now();
    city.clock.pass(MINUTE_MS);
    expect((await say(renter, to.code)).body).toMatchObject({ outcome: "paused" });
    expect(await reportsOf(renter.id)).toEqual([{ sight: "offline", paused: true }]);
    city.clock.pass(10 * 60 * MINUTE_MS);
    await to.client.connect();
    await to.idle();
    expect(await rentalOf(renter.id)).toMatchObject({ status: "completed", endedAtMs: returnedAtMs, total: 1_000 });
  });

  test("without saying where, no clock stands still", async () => {
    const { city, from, renter } = await setUp();
    from.client.drop();
    city.clock.pass(60 * MINUTE_MS);
    expect((await say(renter)).body).toMatchObject({ outcome: "not_seen", pausedUntil: null });
    expect(await reportsOf(renter.id)).toEqual([{ sight: "offline", paused: false }]);
  });
});
