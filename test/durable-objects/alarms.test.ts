import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import type { StationObject } from "../../durable-objects/station.ts";
import { bank, liveStation, type TestStation } from "./harness.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const alarmAtMs = (station: TestStation): Promise<number | null> =>
  runInDurableObject(station.stub, (_: StationObject, state) => state.storage.getAlarm());
const loseAlarm = (station: TestStation): Promise<void> =>
  runInDurableObject(station.stub, (_: StationObject, state) => state.storage.deleteAlarm());

const leased = async (untilInMs = 3 * MINUTE) => {
  const station = await liveStation();
  const rentalId = station.rental();
  const untilMs = station.clock.now() + untilInMs;
  const result = await station.stub.lease({ rentalId, untilMs });
  return { station, rentalId, untilMs, result };
};

it("a lease holds its slot until its time, is given once, and is reported when it ends", async () => {
  const { station, rentalId, untilMs, result } = await leased();
  expect(result).toEqual({ status: "leased", slot: 1, expiresAtMs: untilMs });
  expect(await station.stub.lease({ rentalId, untilMs: untilMs + HOUR })).toEqual(result);
  expect(await station.stub.lease({ rentalId: station.rental(), untilMs })).toMatchObject({ slot: 2 });
  await station.evict();
  await station.alarm(2 * MINUTE);
  expect(station.plane.reports("not_dispensed")).toEqual([]);
  await station.alarm(MINUTE);
  expect(station.plane.reports("not_dispensed")).toContainEqual({
    verb: "not_dispensed",
    rentalId,
    reason: "lease_expired",
  });
  expect(await station.stub.rentalState(rentalId)).toEqual({ status: "none" });
});

it("after its lease was reported over, a rental is neither leased nor dispensed", async () => {
  const { station, rentalId } = await leased();
  await station.alarm(3 * MINUTE);
  station.client.send(station.client.model.heartbeat());
  station.client.send("{");
  await station.client.frame("error");
  expect(await station.dispense(rentalId)).toEqual({ status: "not_out" });
  expect(await station.stub.lease({ rentalId, untilMs: station.clock.now() + HOUR })).toEqual({
    status: "no_power_bank",
  });
});

it("dispense uses the lease, and the lease's end then says nothing", async () => {
  const { station, rentalId } = await leased();
  station.client.arm({ kind: "no_answer" });
  await station.stub.lease({ rentalId: station.rental(), untilMs: station.clock.now() + HOUR });
  expect(await station.dispense(rentalId, { wasPaid: true })).toMatchObject({ status: "ejecting", slot: 1 });
  expect(await station.rows("select rental_id from leases where slot = 1")).toEqual([]);
  await station.alarm(3 * MINUTE);
  expect(station.plane.reports("not_dispensed")).toEqual([]);
});

it("a leased bank that went bad is replaced by the next best", async () => {
  const { station, rentalId } = await leased();
  station.client.arm({ kind: "hot_bank", slot: 1 });
  await station.client.settled();
  expect(await station.dispense(rentalId)).toMatchObject({ status: "ejecting", slot: 2 });
});

it("a rental released before it was heard of is never dispensed, also after an eviction", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  await station.stub.release({ rentalId, reason: "not_dispensed" });
  await station.evict();
  expect(await station.dispense(rentalId)).toEqual({ status: "not_out" });
  expect(await station.stub.rentalState(rentalId)).toEqual({ status: "none" });
});

it("a released lease frees its slot; releasing nothing is fine", async () => {
  const { station, rentalId } = await leased();
  await station.stub.release({ rentalId, reason: "renter" });
  await station.stub.release({ rentalId, reason: "renter" });
  await station.stub.release({ rentalId: station.rental(), reason: "renter" });
  expect(await station.stub.lease({ rentalId: station.rental(), untilMs: station.clock.now() + HOUR })).toMatchObject({
    slot: 1,
  });
});

it("nothing is leased or dispensed out of service, offline, or without a good bank", async () => {
  const closed = await liveStation({ settings: { isInService: false } });
  const empty = await liveStation({ slots: [{ slot: 1, powerBankId: bank(1), chargePercent: 59 }, { slot: 2 }] });
  const silent = await liveStation();
  silent.client.drop();
  silent.clock.pass(31 * SECOND);
  for (const [station, status] of [
    [closed, "station_unavailable"],
    [empty, "no_power_bank"],
    [silent, "station_offline"],
  ] as const) {
    expect(await station.stub.lease({ rentalId: station.rental(), untilMs: station.clock.now() + HOUR })).toEqual({
      status,
    });
    expect(await station.dispense(station.rental())).toEqual({ status });
  }
});

it("asks at the due time what the rental is, and again at each new one", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  let dueAtMs = station.clock.now() + 4 * HOUR;
  station.plane.answer = () => ({ status: "accepted", rental: { rentalId, status: "active", dueAtMs } });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await station.idle();
  await station.evict();
  await station.alarm(4 * HOUR - 1);
  expect(station.plane.reports("rental_due")).toEqual([]);
  dueAtMs += 2 * HOUR;
  await station.alarm(1);
  expect(station.plane.reports("rental_due")).toEqual([{ verb: "rental_due", rentalId }]);
  await station.alarm(2 * HOUR - 1);
  expect(station.plane.reports("rental_due")).toHaveLength(1);
  station.plane.answer = () => ({ status: "accepted", rental: { rentalId, status: "completed", dueAtMs: null } });
  await station.alarm(1);
  expect(station.plane.reports("rental_due")).toHaveLength(2);
  expect(await station.rows("select what from due")).toEqual([{ what: "forget" }]);
});

it("closed ends the timer", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  const dueAtMs = station.clock.now() + HOUR;
  station.plane.answer = () => ({ status: "accepted", rental: { rentalId, status: "active", dueAtMs } });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await station.idle();
  await station.stub.closed({ rentalId, status: "returned", atMs: station.clock.now() });
  await station.alarm(2 * HOUR);
  expect(station.plane.reports("rental_due")).toEqual([]);
});

it("a day after its end nothing is left of a rental", async () => {
  const { station, rentalId } = await leased();
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await station.idle();
  await station.stub.closed({ rentalId, status: "returned", atMs: station.clock.now() });
  await station.alarm(24 * HOUR);
  expect(await station.rows("select rental_id from due union select rental_id from commands")).toEqual([]);
});

it("the alarm is the earliest thing to do", async () => {
  const { station, untilMs } = await leased(3 * SECOND);
  expect(await alarmAtMs(station)).toBe(untilMs);
});

it.each<[string, (station: TestStation) => Promise<unknown>]>([
  ["wake", (station) => station.stub.wake()],
  ["a call", (station) => station.stub.rentalState(station.rental())],
  [
    "a heartbeat",
    async (station) => {
      station.client.send(station.client.model.heartbeat());
      station.client.send("{");
      await station.client.frame("error");
    },
  ],
  ["a request of the station", (station) => station.client.poll()],
])("a lost alarm is set again by %s", async (_, wakeUp) => {
  const { station, untilMs } = await leased(3 * SECOND);
  await loseAlarm(station);
  await station.evict();
  await wakeUp(station);
  expect(await alarmAtMs(station)).toBe(untilMs);
});

it("wake does what is due", async () => {
  const { station, rentalId } = await leased(MINUTE);
  await loseAlarm(station);
  station.clock.pass(MINUTE);
  await station.stub.wake();
  await station.idle();
  expect(station.plane.reports("not_dispensed")).toEqual([
    { verb: "not_dispensed", rentalId, reason: "lease_expired" },
  ]);
});

it("a due row that fails is postponed, alerted, and holds up no other; the alarm does not throw", async () => {
  const { station, untilMs } = await leased(MINUTE);
  const other = station.rental();
  await station.stub.lease({ rentalId: other, untilMs });
  await station.rows(
    "create trigger broken before delete on leases when old.slot = 1 begin select raise(abort, 'broken'); end",
  );
  station.clock.pass(MINUTE);
  expect(await runDurableObjectAlarm(station.stub)).toBe(true);
  await station.idle();
  expect(station.plane.reports("not_dispensed")).toEqual([
    { verb: "not_dispensed", rentalId: other, reason: "lease_expired" },
  ]);
  expect(station.alerts()).toContain("due_failed");
  expect(await alarmAtMs(station)).toBe(station.clock.now() + 2 * SECOND);
  await station.rows("drop trigger broken");
  await station.alarm(2 * SECOND);
  expect(station.plane.reports("not_dispensed")).toHaveLength(2);
});
