// What the object tells the rest of the system, through times in which nobody listens.
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import type { DeliveryResult, StationDelivery } from "../../src/stations/port.ts";
import { bank, liveStation, type TestStation } from "./harness.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const away = (): never => {
  throw new Error("the database did not answer");
};
const rows = (station: TestStation) =>
  station.rows<{ power_bank_id: string; attempts: number; refusals: number; next_at_ms: number; is_parked: number }>(
    "select power_bank_id, attempts, refusals, next_at_ms, is_parked from outbox where power_bank_id is not null order by id",
  );
const insert = async (station: TestStation, n: number, slot: number): Promise<void> => {
  station.client.model.insert({ powerBankId: bank(n), slot, chargePercent: 20 });
  await station.client.settled();
  await station.idle();
};
const banksTold = (station: TestStation): string[] =>
  station.plane.deliveries.flatMap(({ report }) =>
    "powerBankId" in report ? [`${report.verb} ${report.powerBankId}`] : [],
  );

it("a report leaves at once, without an alarm, and its row is gone when it is accepted", async () => {
  const station = await liveStation();
  await insert(station, 7, 7);
  expect(banksTold(station)).toEqual([`bank_in ${bank(7)}`]);
  expect(await rows(station)).toEqual([]);
});

it("is repeated within 2 s, 4 s, 8 s … and never more than 5 min apart, with the same content, also after evictions", async () => {
  const station = await liveStation();
  station.plane.answer = away;
  await insert(station, 7, 7);
  const waits: number[] = [];
  for (let n = 0; n < 10; n++) {
    const [row] = await rows(station);
    waits.push((row!.next_at_ms - station.clock.now()) / SECOND);
    if (n % 3 === 0) await station.evict();
    await station.alarm(row!.next_at_ms - station.clock.now());
  }
  for (const [n, atMost] of [2, 4, 8, 16, 32, 64, 128, 256, 300, 300].entries()) {
    expect(waits[n]).toBeGreaterThanOrEqual(atMost / 2);
    expect(waits[n]).toBeLessThanOrEqual(atMost);
  }
  const told = station.plane.deliveries
    .filter(({ report }) => report.verb === "bank_in")
    .map(({ report }) => JSON.stringify(report));
  expect(told).toHaveLength(11);
  expect(new Set(told).size).toBe(1);
});

it("goes at once when another report was accepted or the station greets again, whatever its wait", async () => {
  const station = await liveStation();
  station.plane.answer = away;
  await insert(station, 7, 7);
  for (let n = 0; n < 6; n++) await station.alarm(5 * MINUTE);
  station.plane.answer = () => ({ status: "accepted" });
  await insert(station, 8, 8);
  expect(await rows(station)).toEqual([]);

  station.plane.answer = away;
  await insert(station, 6, 6);
  for (let n = 0; n < 6; n++) await station.alarm(5 * MINUTE);
  station.plane.answer = () => ({ status: "accepted" });
  station.client.drop();
  await station.client.connect();
  await station.idle();
  expect(await rows(station)).toEqual([]);
});

it("goes at once when the other side asks, whatever its wait", async () => {
  const station = await liveStation();
  station.plane.answer = away;
  await insert(station, 7, 7);
  for (let n = 0; n < 6; n++) await station.alarm(5 * MINUTE);
  station.plane.answer = () => ({ status: "accepted" });
  await station.stub.wake();
  await station.idle();
  expect(await rows(station)).toEqual([]);
});

it("stations that failed at one moment do not come back at one", async () => {
  const waits = new Set<number>();
  for (let n = 0; n < 5; n++) {
    const station = await liveStation();
    station.plane.answer = away;
    for (let slot = 5; slot < 8; slot++) await insert(station, slot, slot);
    for (const row of await rows(station)) waits.add(row.next_at_ms - station.clock.now());
  }
  expect(waits.size).toBeGreaterThan(10);
});

it("an outage longer than any alarm's own retries loses nothing and keeps the times", async () => {
  const station = await liveStation();
  station.plane.answer = away;
  const atMs: number[] = [];
  for (let n = 4; n <= 8; n++) {
    atMs.push(station.clock.now());
    await insert(station, n, n);
    for (let alarm = 0; alarm < 6; alarm++) await station.alarm(5 * MINUTE);
  }
  await station.evict();
  station.plane.answer = () => ({ status: "accepted" });
  station.plane.deliveries.length = 0;
  await station.alarm(HOUR);
  expect(
    station.plane
      .reports("bank_in")
      .map((report) => report.atMs)
      .toSorted((a, b) => a - b),
  ).toEqual(atMs);
  expect(await rows(station)).toEqual([]);
});

it("rows of one bank go out in order, and do not hold up another bank's", async () => {
  const station = await liveStation();
  station.plane.answer = ({ report }) =>
    "powerBankId" in report && report.powerBankId === bank(7) ? away() : { status: "accepted" };
  await insert(station, 7, 7);
  station.client.model.removeByForce(7);
  station.clock.pass(MINUTE);
  await insert(station, 7, 8);
  await insert(station, 6, 6);
  expect(banksTold(station).filter((told) => told.endsWith(bank(6)))).toHaveLength(1);
  expect(station.plane.reports("bank_in").filter((report) => report.slot === 8)).toEqual([]);
  station.plane.answer = () => ({ status: "accepted" });
  station.plane.deliveries.length = 0;
  await station.alarm(5 * MINUTE);
  expect(station.plane.reports("bank_in").map((report) => report.slot)).toEqual([7, 8]);
});

it("rows of one rental go out in order, also when their banks differ", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "no_answer", times: 1 });
  station.plane.answer = away;
  await station.dispense(rentalId);
  const { commandId } = await station.client.frame("eject");
  station.client.drop();
  await station.alarm(10 * SECOND);
  await station.alarm(10 * MINUTE);
  station.clock.pass(MINUTE);
  await station.client.connect();
  const { bootId, seq } = station.client.model;
  station.client.send({
    type: "ejected",
    bootId,
    seq: seq + 1,
    at: station.clock.now(),
    commandId,
    slot: 3,
    powerBankId: bank(3),
    result: "out",
  });
  await station.client.until(() =>
    station.client.received.some((frame) => frame.type === "ack" && frame.seq === seq + 1),
  );
  expect(station.plane.reports("bank_out")).toEqual([]);
  station.plane.answer = () => ({ status: "accepted" });
  station.plane.deliveries.length = 0;
  await station.alarm(5 * MINUTE);
  const verbs = station.plane.deliveries.map(({ report }) => report.verb);
  expect(verbs.filter((verb) => verb !== "projection" && verb !== "eject_failed")).toEqual([
    "eject_unknown",
    "bank_out",
  ]);
});

it("the second row of a bank waits while the first is on its way", async () => {
  const station = await liveStation();
  const answers: ((result: DeliveryResult) => void)[] = [];
  station.plane.answer = () => new Promise((resolve) => answers.push(resolve));
  station.client.model.insert({ powerBankId: bank(7), slot: 7 });
  await station.client.settled();
  station.client.model.removeByForce(7);
  station.client.model.insert({ powerBankId: bank(7), slot: 8 });
  await station.client.settled();
  expect(station.plane.reports("bank_in").map((report) => report.slot)).toEqual([7]);
  station.plane.answer = () => ({ status: "accepted" });
  await runInDurableObject(station.stub, () => answers.forEach((answer) => answer({ status: "accepted" })));
  await station.idle();
  expect(station.plane.reports("bank_in").map((report) => report.slot)).toEqual([7, 8]);
});

it("a row refused 20 times is parked and alerted, and its bank's next row goes out", async () => {
  const station = await liveStation();
  station.plane.answer = ({ report }) =>
    "slot" in report && report.slot === 7 ? { status: "refused", reason: "unknown_station" } : { status: "accepted" };
  await insert(station, 7, 7);
  for (let n = 1; n < 20; n++) {
    expect(await rows(station)).toMatchObject([{ refusals: n, is_parked: 0 }]);
    await station.alarm(5 * MINUTE);
  }
  expect(await rows(station)).toMatchObject([{ refusals: 20, is_parked: 1 }]);
  expect(station.lines.filter((line) => line["alert"] === "outbox_parked")).toMatchObject([
    {
      level: "error",
      event: "alert",
      verb: "bank_in",
      powerBankId: bank(7),
      reason: "unknown_station",
      stationId: station.stationId,
    },
  ]);
  station.plane.deliveries.length = 0;
  await station.evict();
  station.plane.answer = () => ({ status: "accepted" });
  station.client.model.removeByForce(7);
  await insert(station, 7, 8);
  expect(station.plane.reports("bank_in").map((report) => report.slot)).toEqual([8]);
});

it("an unreachable party is asked for ever, never parked", async () => {
  const station = await liveStation();
  station.plane.answer = away;
  await insert(station, 7, 7);
  for (let n = 0; n < 25; n++) await station.alarm(5 * MINUTE);
  expect(await rows(station)).toMatchObject([{ refusals: 0, is_parked: 0, attempts: 26 }]);
});

it("a delivery may call back into the object", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.plane.answer = async ({ report }: StationDelivery) => {
    if (report.verb === "bank_out")
      await station.fromInside().closed({ rentalId, status: "returned", atMs: station.clock.now() });
    return { status: "accepted", rental: { rentalId, status: "completed", dueAtMs: null } };
  };
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await station.idle();
  expect(await station.rows("select what, detail from due")).toEqual([{ what: "forget", detail: "returned" }]);
});
