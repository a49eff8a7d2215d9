// Every way in which a bank comes back, through stations, their objects and Postgres: no return is missed, and none ends
// another rental than the one whose bank it is.
import { describe, expect, test } from "vitest";
import { deliverReport } from "../../src/control-plane.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { sql } from "../support/control.ts";
import { foundCity } from "../support/clocked-city.ts";
import { bookBreaks, createBank, ids } from "../support/factories.ts";
import { outcomesOf, rentalOf, takeBank, told } from "../support/returns.ts";

const twoStations = async (charges: number[] = [95, 90]) => {
  const city = foundCity();
  return { city, from: await city.station(charges), to: await city.station([]) };
};

describe("a return", () => {
  test("by the station's event ends the rental at the event's own time", async () => {
    const { city, from, to } = await twoStations();
    const { id, powerBankId } = await takeBank(city, from);
    city.clock.pass(HOUR_MS);
    const atMs = city.clock.now();
    to.client.model.insert({ powerBankId });
    city.clock.pass(5_000);
    await told(to);
    expect(await rentalOf(id)).toMatchObject({ status: "completed", endedAtMs: atMs, total: 1_000, station: to.id });
    expect(await bookBreaks()).toEqual([]);
  });

  test("that only an inventory shows is back-dated to the first inventory that showed it", async () => {
    const { city, from, to } = await twoStations();
    const { id, powerBankId } = await takeBank(city, from);
    to.client.drop();
    city.clock.pass(HOUR_MS);
    to.client.arm({ kind: "unnoticed_return", times: 1 });
    to.client.model.insert({ powerBankId });
    to.client.model.reportAll();
    const firstSeenAtMs = city.clock.now();
    city.clock.pass(6 * HOUR_MS);
    to.client.model.reportAll();
    await to.client.connect();
    await to.idle();
    expect(await rentalOf(id)).toMatchObject({ status: "completed", endedAtMs: firstSeenAtMs, total: 1_000 });
  });

  test("into a slot that the station is not known to have ends the rental", async () => {
    const { city, from, to } = await twoStations();
    const { id, powerBankId } = await takeBank(city, from);
    city.clock.pass(HOUR_MS);
    const { bootId } = to.client.model;
    const seq = to.client.model.seq + 1;
    const frame = { type: "returned", bootId, seq, at: city.clock.now(), slot: 9, powerBankId, chargePercent: 20 };
    to.client.send({ ...frame, result: "ok" });
    await to.client.until(() => to.client.received.some((got) => got.type === "ack" && got.seq === seq));
    await to.idle();
    expect(await rentalOf(id)).toMatchObject({ status: "completed", station: to.id });
  });

  test("into a station that is not known yet changes nothing, and ends the rental once it is", async () => {
    const { city, from, to } = await twoStations();
    const { id, powerBankId } = await takeBank(city, from);
    city.clock.pass(HOUR_MS);
    const stationId = ids.next("stn");
    const nowMs = city.clock.now();
    const report = {
      verb: "bank_in",
      powerBankId,
      slot: 2,
      atMs: nowMs,
      receivedAtMs: nowMs,
      event: { bootId: "boot-1", seq: 7 },
      evidence: "event",
    } as const;
    const projection = { freeBanks: 0, freeSlots: 1, isOnline: true, seenAtMs: nowMs, version: 1 };
    // What is thrown is never parked: the object calls again, for ever.
    await expect(deliverReport(city.deps, { stationId, report, projection })).rejects.toThrow();
    expect(await rentalOf(id)).toMatchObject({ status: "active" });
    await sql(
      `insert into stations (id, code, name, address, latitude, longitude, tariff_id, slot_count, created_at)
       select $1, '98765', name, address, latitude, longitude, tariff_id, slot_count, created_at from stations where id = $2`,
      [stationId, to.id],
    );
    await deliverReport(city.deps, { stationId, report, projection });
    expect(await rentalOf(id)).toMatchObject({ status: "completed", endedAtMs: nowMs, station: stationId });
  });

  test("of a bank that the fleet does not know has its own outcome and ends nothing", async () => {
    const { city, from, to } = await twoStations();
    const { id } = await takeBank(city, from);
    city.clock.pass(HOUR_MS);
    to.client.model.insert({ powerBankId: "CP-NOBODYS" });
    await told(to);
    expect(await outcomesOf("CP-NOBODYS")).toEqual(["unknown_bank"]);
    expect(await rentalOf(id)).toMatchObject({ status: "active" });
  });

  test("that was half inserted and rejected is kept as evidence; pushed in, it ends the rental", async () => {
    const { city, from, to } = await twoStations();
    const { id, powerBankId } = await takeBank(city, from);
    city.clock.pass(HOUR_MS);
    to.client.arm({ kind: "half_inserted", times: 1 });
    expect(to.client.model.insert({ powerBankId, slot: 3 })).toMatchObject({ result: "rejected" });
    await told(to);
    expect(await rentalOf(id)).toMatchObject({ status: "active" });
    const [evidence] = await to.rows<{ body: string }>("select body from events where type = 'returned'");
    expect(JSON.parse(evidence!.body)).toMatchObject({ powerBankId, slot: 3, result: "rejected" });
    city.clock.pass(MINUTE_MS);
    to.client.model.insert({ powerBankId, slot: 3 });
    await told(to);
    expect(await rentalOf(id)).toMatchObject({ status: "completed", endedAtMs: city.clock.now() });
  });

  test("that is told twice, and shown by every inventory after it, is billed once", async () => {
    const { city, from, to } = await twoStations();
    const { id, powerBankId } = await takeBank(city, from);
    city.clock.pass(HOUR_MS);
    to.client.arm({ kind: "duplicate_events" });
    to.client.model.insert({ powerBankId });
    await told(to);
    const ended = await rentalOf(id);
    city.clock.pass(HOUR_MS);
    to.client.model.reportAll();
    await told(to);
    expect(await rentalOf(id)).toEqual(ended);
    expect(await outcomesOf(powerBankId)).toEqual([expect.any(String), "closes"]);
    expect(await sql("select count(*)::int as n from receipts where rental_id = $1", [id])).toEqual([{ n: 1 }]);
  });

  test("whose frames arrive out of order ends the rental once, at its own time", async () => {
    const { city, from, to } = await twoStations();
    const { id, powerBankId } = await takeBank(city, from);
    city.clock.pass(HOUR_MS);
    const atMs = city.clock.now();
    to.client.arm({ kind: "reorder_events" });
    to.client.model.insert({ powerBankId });
    to.client.model.reportAll();
    city.clock.pass(2_000);
    await told(to);
    expect(await rentalOf(id)).toMatchObject({ status: "completed", endedAtMs: atMs });
    expect(await sql("select count(*)::int as n from receipts where rental_id = $1", [id])).toEqual([{ n: 1 }]);
  });

  test("replayed under its original boot while a new boot shows the bank is one return", async () => {
    const { city, from, to } = await twoStations();
    const { id, powerBankId, userId } = await takeBank(city, from);
    city.clock.pass(HOUR_MS);
    const atMs = city.clock.now();
    to.client.drop();
    to.client.model.insert({ powerBankId });
    to.client.model.reboot();
    city.clock.pass(20 * MINUTE_MS);
    await to.client.connect();
    await to.idle();
    // And once more, all of it, under both.
    for (const frame of to.client.sent.filter(({ type }) => type === "returned" || type === "inventory"))
      to.client.send(frame);
    await told(to);
    expect(await rentalOf(id)).toMatchObject({ status: "completed", endedAtMs: atMs });
    expect(await sql("select count(*)::int as n from receipts where user_id = $1", [userId])).toEqual([{ n: 1 }]);
    expect((await outcomesOf(powerBankId)).filter((outcome) => outcome === "closes")).toHaveLength(1);
  });

  test("before its eject was reported ends the rental at the time of the return", async () => {
    const { city, from, to } = await twoStations();
    const renter = await city.renter(5_000);
    from.client.arm({ kind: "lose_events" });
    const response = await renter.call(
      "POST",
      "/rentals/start",
      { stationCode: from.code },
      { "idempotency-key": "one" },
    );
    const { id } = await response.json<{ id: string }>();
    const { powerBankId } = await from.client.frame("eject");
    const leftAtMs = city.clock.now();
    from.client.drop();
    city.clock.pass(3 * MINUTE_MS);
    to.client.model.insert({ powerBankId });
    const cameAtMs = city.clock.now();
    await told(to);
    expect(await rentalOf(id)).toMatchObject({ status: "dispensing" });
    from.client.model.faults.disarm();
    await from.client.connect();
    await from.idle();
    expect(await rentalOf(id)).toMatchObject({ status: "completed", startedAtMs: leftAtMs, endedAtMs: cameAtMs });
  });

  test("replayed while the bank is rented again leaves the new rental as it is", async () => {
    const { city, from, to } = await twoStations([95]);
    const first = await takeBank(city, from);
    city.clock.pass(HOUR_MS);
    // The event goes into the void; the inventory after it tells of the bank.
    to.client.arm({ kind: "lose_events", times: 2 });
    to.client.model.insert({ powerBankId: first.powerBankId, chargePercent: 99 });
    to.client.flush();
    to.client.model.reportAll();
    to.client.flush();
    await to.client.until(() => to.client.model.unacknowledged === 2);
    await to.idle();
    expect(await rentalOf(first.id)).toMatchObject({ status: "completed" });
    city.clock.pass(MINUTE_MS);
    to.client.send(to.client.model.heartbeat());
    const renter = await city.renter(5_000);
    const response = await renter.call(
      "POST",
      "/rentals/start",
      { stationCode: to.code },
      { "idempotency-key": "two" },
    );
    const { id } = await response.json<{ id: string }>();
    await to.client.frame("eject");
    to.client.flush();
    await to.client.until(() => to.client.model.unacknowledged === 2);
    await to.idle();
    const before = await rentalOf(id);
    expect(before).toMatchObject({ status: "active", bank: first.powerBankId });
    city.clock.pass(MINUTE_MS);
    await told(to);
    expect(await rentalOf(id)).toEqual(before);
    expect(await outcomesOf(first.powerBankId)).toEqual([expect.any(String), "closes", "stale"]);
  });

  test("of two banks that their renters swapped ends the rental of each bank", async () => {
    const { city, from, to } = await twoStations();
    const asha = await takeBank(city, from);
    const juma = await takeBank(city, from);
    expect(asha.powerBankId).not.toBe(juma.powerBankId);
    city.clock.pass(HOUR_MS);
    const firstAtMs = city.clock.now();
    // Asha brings Juma's bank, and hours later Juma hers.
    to.client.model.insert({ powerBankId: juma.powerBankId });
    await told(to);
    expect(await rentalOf(juma.id)).toMatchObject({ status: "completed", endedAtMs: firstAtMs });
    expect(await rentalOf(asha.id)).toMatchObject({ status: "active", bank: asha.powerBankId });
    city.clock.pass(HOUR_MS);
    to.client.model.insert({ powerBankId: asha.powerBankId });
    await told(to);
    expect(await rentalOf(asha.id)).toMatchObject({ status: "completed", endedAtMs: city.clock.now() });
    expect(await bookBreaks()).toEqual([]);
  });

  test("of a bank that nobody rented is placed and ends nothing", async () => {
    const { city, from, to } = await twoStations();
    const { id } = await takeBank(city, from);
    const bank = await createBank();
    to.client.model.insert({ powerBankId: bank });
    await told(to);
    expect(await outcomesOf(bank)).toEqual(["unmatched"]);
    expect(await rentalOf(id)).toMatchObject({ status: "active" });
  });
});
