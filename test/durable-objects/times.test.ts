// The plausible-time rule, as a table and through the object.
import { expect, it } from "vitest";
import { freezeTime, type TimeRecord } from "../../durable-objects/times.ts";
import { bank, liveStation, makeStation, type TestStation } from "./harness.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T = 1_800_000_000_000;

const record: TimeRecord = {
  stationAtMs: T,
  receivedAtMs: T + HOUR,
  driftMs: 0,
  previousAtMs: T - HOUR,
  contactAtMs: null,
  earliestMs: T - DAY,
};

it.each<[string, Partial<TimeRecord>, number, boolean]>([
  ["a plausible time counts", {}, T, true],
  ["the drift of the boot's own hello is added", { driftMs: DAY, stationAtMs: T - DAY }, T, true],
  ["at the previous plausible event", { stationAtMs: T - HOUR }, T - HOUR, true],
  ["a moment before the previous plausible event", { stationAtMs: T - HOUR - 1 }, T - HOUR, false],
  ["at receipt", { stationAtMs: T + HOUR }, T + HOUR, true],
  ["ahead of receipt by less than a hello's trip", { stationAtMs: T + HOUR + 30 * SECOND }, T + HOUR, true],
  ["after receipt", { stationAtMs: T + HOUR + 30 * SECOND + 1 }, T - HOUR, false],
  ["a day ahead", { stationAtMs: T + DAY }, T - HOUR, false],
  ["a day behind", { stationAtMs: T - DAY + HOUR }, T - HOUR, false],
  ["no drift is known", { driftMs: null }, T - HOUR, false],
  ["no drift, and a contact after the previous event", { driftMs: null, contactAtMs: T - MINUTE }, T - MINUTE, false],
  ["shortly before a contact that precedes it", { contactAtMs: T + 2 * MINUTE }, T, true],
  ["long before a contact that precedes it", { contactAtMs: T + 2 * MINUTE + 1 }, T + 2 * MINUTE + 1, false],
  ["nothing is known but that the station had a key", { driftMs: null, previousAtMs: null }, T - DAY, false],
  ["before the station had a key", { previousAtMs: null, stationAtMs: T - DAY - 1 }, T - DAY, false],
  ["a bound is never after receipt", { driftMs: null, contactAtMs: T + 2 * HOUR }, T + HOUR, false],
])("%s", (_, change, atMs, isPlausible) => {
  expect(freezeTime({ ...record, ...change })).toEqual({ atMs, isPlausible });
});

const arrived = async (station: TestStation) => {
  await station.idle();
  return station.plane.reports("bank_in").map(({ powerBankId, atMs }) => ({ powerBankId, atMs }));
};

it.each([
  ["a day ahead", DAY],
  ["a day behind", -DAY],
])("a clock that is %s since boot is corrected, live and in a replay", async (_, ms) => {
  const station = await makeStation();
  station.client.arm({ kind: "clock_off", ms });
  await station.client.connect();
  await station.idle();
  station.plane.deliveries.length = 0;
  station.client.drop();
  station.clock.pass(HOUR);
  const atMs = station.clock.now();
  station.client.model.insert({ powerBankId: bank(7), slot: 7 });
  station.clock.pass(5 * HOUR);
  await station.evict();
  await station.client.connect();
  expect(await arrived(station)).toEqual([{ powerBankId: bank(7), atMs }]);
});

it("without a plausible time the last heartbeat before the event counts, after a disconnection and an eviction too", async () => {
  const station = await liveStation();
  station.clock.pass(10 * MINUTE);
  station.client.send(station.client.model.heartbeat());
  const lastContactMs = station.clock.now();
  station.client.send("{");
  await station.client.frame("error");
  station.client.drop();
  station.clock.pass(HOUR);
  station.client.model.reboot();
  station.client.model.insert({ powerBankId: bank(7), slot: 7 });
  station.clock.pass(HOUR);
  // Rebooted once more: the boot of the return never said hello.
  station.client.model.reboot();
  while ((await station.rows("select 1 as it from boots where contact_at_ms is not null")).length === 0);
  await station.evict();
  await station.client.connect();
  expect(await arrived(station)).toEqual([{ powerBankId: bank(7), atMs: lastContactMs }]);
});

it.each(["over the same connection", "over the next one"])(
  "a heartbeat that had already counted the event is no bound for it, %s",
  async (way) => {
    const station = await liveStation();
    const lastEventMs = station.clock.now();
    station.clock.pass(10 * MINUTE);
    station.client.arm({ kind: "lose_events" });
    station.client.arm({ kind: "clock_off", ms: DAY });
    station.client.model.insert({ powerBankId: bank(7), slot: 7 });
    station.client.flush();
    station.client.model.faults.disarm();
    station.clock.pass(10 * SECOND);
    station.client.send(station.client.model.heartbeat());
    if (way === "over the next one") {
      station.client.send("{");
      await station.client.frame("error");
      station.client.drop();
      station.clock.pass(MINUTE);
      while ((await station.rows("select 1 as it from boots where contact_at_ms is not null")).length === 0);
      await station.client.connect();
    }
    station.clock.pass(MINUTE);
    await station.client.settled();
    expect(await arrived(station)).toEqual([{ powerBankId: bank(7), atMs: lastEventMs }]);
  },
);

it("an implausible event does not move the bound of the next", async () => {
  const station = await liveStation();
  station.client.drop();
  station.clock.pass(HOUR);
  station.client.arm({ kind: "clock_off", ms: DAY });
  station.client.model.insert({ powerBankId: bank(6), slot: 6 });
  station.client.model.faults.disarm();
  station.clock.pass(HOUR);
  const atMs = station.clock.now();
  station.client.model.insert({ powerBankId: bank(7), slot: 7 });
  const heardAtMs = atMs - 2 * HOUR;
  await station.client.connect();
  expect(await arrived(station)).toEqual([
    { powerBankId: bank(6), atMs: heardAtMs },
    { powerBankId: bank(7), atMs },
  ]);
});
