import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { MAX_FRAME_BYTES } from "../../durable-objects/protocol.ts";
import type { StationObject } from "../../durable-objects/station.ts";
import { bank, makeStation, type TestStation } from "./harness.ts";

/** Greets and reports by batches. */
const greeted = async (): Promise<TestStation> => {
  const station = await makeStation();
  station.client.model.open();
  await station.client.post();
  await station.client.post();
  await station.idle();
  station.plane.deliveries.length = 0;
  return station;
};

const frames = async (response: Response) =>
  (await response.json<{ frames: { type: string }[] }>()).frames.map((frame) => frame.type);

it("a batch is stored before it is answered: welcome, acknowledgement and settings in order", async () => {
  const station = await makeStation();
  station.client.model.open();
  expect((await station.client.post()).map((frame) => frame.type)).toEqual(["welcome", "ack", "settings"]);
  expect((await station.client.post()).map((frame) => frame.type)).toEqual(["ack"]);
  await station.evict();
  expect(await station.rows("select type from events order by seq")).toEqual([
    { type: "hello" },
    { type: "inventory" },
  ]);
});

it("a station that polls is live, and its next poll gets the command, once", async () => {
  const station = await greeted();
  await station.client.poll();
  const rentalId = station.rental();
  expect(await station.dispense(rentalId)).toMatchObject({ status: "ejecting" });
  expect(await station.rows("select sent_at_ms from commands")).toEqual([{ sent_at_ms: null }]);
  await station.evict();
  station.clock.pass(3_000);
  expect((await station.client.poll()).map((frame) => frame.type)).toEqual(["eject"]);
  expect(await station.client.poll()).toEqual([]);
  await station.client.post();
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: bank(1) }]);
});

it("an open poll gets the command at once", async () => {
  const station = await greeted();
  const poll = station.client.request("commands?wait=25");
  while (!(await isOpen(station)));
  await station.dispense(station.rental());
  expect(await frames(await poll)).toEqual(["eject"]);
  expect(await station.rows("select sent_at_ms from commands")).toEqual([{ sent_at_ms: station.clock.now() }]);
});

/** A poll has arrived and waits. */
const isOpen = (station: TestStation): Promise<boolean> =>
  runInDurableObject(station.stub, (object: StationObject) => object.transport.link(station.clock.now()).isOpen);

it("a newer poll takes the place of the older one", async () => {
  const station = await greeted();
  const older = station.client.request("commands?wait=25");
  while (!(await isOpen(station)));
  const newer = station.client.request("commands?wait=25");
  expect(await frames(await older)).toEqual([]);
  while (!(await isOpen(station)));
  await station.dispense(station.rental());
  expect(await frames(await newer)).toEqual(["eject"]);
});

it("30 s after its last poll a station is not live", async () => {
  const station = await greeted();
  await station.client.poll();
  station.clock.pass(30_001);
  expect(await station.dispense(station.rental())).toEqual({ status: "station_offline" });
});

it("a station that posts but never polls takes no commands", async () => {
  const station = await greeted();
  expect(await station.dispense(station.rental())).toEqual({ status: "station_offline" });
});

it("a command that no poll fetched in time is never handed out, and proves that nothing left", async () => {
  const station = await greeted();
  await station.client.poll();
  const rentalId = station.rental();
  await station.dispense(rentalId);
  station.clock.pass(30_000);
  expect(await station.client.poll()).toEqual([]);
  station.clock.pass(31_000);
  await station.alarm(0);
  expect(station.plane.reports("not_dispensed")).toEqual([
    { verb: "not_dispensed", rentalId, reason: "station_offline" },
  ]);
  expect(await station.rows("select slot from slots where mark is not null")).toEqual([]);
});

it("a refresh is fetched by a poll", async () => {
  const station = await greeted();
  await station.client.poll();
  station.client.arm({ kind: "no_answer", bankLeaves: true });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.client.poll();
  const poll = station.client.poll(25);
  while (!(await isOpen(station)));
  await station.alarm(10_000);
  expect((await poll).map((frame) => frame.type)).toEqual(["refresh"]);
  await station.client.post();
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId }]);
});

it("a question about an eject that found no open poll is fetched by the next one, once", async () => {
  const station = await greeted();
  station.client.arm({ kind: "no_answer", times: 1, bankLeaves: true });
  await station.client.poll();
  await station.dispense(station.rental());
  await station.client.poll();
  await station.alarm(10_000);
  await station.evict();
  station.clock.pass(5_000);
  expect((await station.client.poll()).map((frame) => frame.type)).toEqual(["refresh"]);
  expect(await station.client.poll()).toEqual([]);
  await station.client.post();
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([{ powerBankId: bank(1) }]);
});

it("a bank that was pulled out and put back before its eject was fetched did not leave by it", async () => {
  const station = await greeted();
  const { client, clock } = station;
  await client.poll();
  await station.dispense(station.rental());
  clock.pass(1_000);
  client.model.removeByForce(1);
  client.model.insert({ powerBankId: bank(1), slot: 1 });
  clock.pass(1_000);
  client.arm({ kind: "no_answer", times: 1 });
  expect((await client.poll()).map((frame) => frame.type)).toEqual(["eject"]);
  await client.post();
  await station.idle();
  expect(await station.rows("select state from commands")).toEqual([{ state: "open" }]);
  expect(station.plane.reports("bank_out")).toEqual([]);
  expect(station.plane.reports("bank_in")).toMatchObject([{ powerBankId: bank(1) }]);
});

it("a socket takes over from polls", async () => {
  const station = await greeted();
  const poll = station.client.request("commands?wait=25");
  while (!(await isOpen(station)));
  await station.client.connect();
  expect(await frames(await poll)).toEqual([]);
  await station.dispense(station.rental());
  await station.client.frame("eject");
});

it.each<[string, string, number, string]>([
  ["malformed JSON", "{", 400, "malformed_json"],
  ["no events", JSON.stringify({ events: [] }), 400, "invalid_request"],
  ["201 events", JSON.stringify({ events: Array.from({ length: 201 }, () => ({})) }), 400, "invalid_request"],
  ["another shape", JSON.stringify([]), 400, "invalid_request"],
  ["a byte over 64 KiB", JSON.stringify({ events: ["x".repeat(MAX_FRAME_BYTES - 14)] }), 413, "payload_too_large"],
])("refuses a batch: %s", async (_, body, status, code) => {
  const station = await greeted();
  const response = await station.client.request("events", { method: "POST", body });
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ code });
});

it("one bad frame in a batch does not spoil the others", async () => {
  const station = await greeted();
  const { bootId } = station.client.model;
  const body = JSON.stringify({ events: ["text", { type: "alert", bootId, seq: 3, at: 1, alert: "power_lost" }] });
  const response = await station.client.request("events", { method: "POST", body });
  expect(await frames(response)).toEqual(["error", "ack"]);
  expect(station.alerts()).toContain("station");
});

it.each([
  ["DELETE", "events"],
  ["POST", "commands"],
  ["POST", "socket"],
  ["GET", "doors"],
])("%s %s is not served", async (method, door) => {
  const station = await greeted();
  expect((await station.client.request(door, { method })).status).toBe(405);
});

it("a hello that comes again as a buffered event, first of its batch, dates nothing", async () => {
  const station = await makeStation();
  const { model } = station.client;
  // Made for a connection that never came about.
  model.open();
  model.take();
  model.close();
  station.clock.pass(600_000);
  model.open();
  await station.client.post();
  // The old hello now goes out with everything else that was kept.
  await station.client.post();
  station.clock.pass(60_000);
  const atMs = station.clock.now();
  model.insert({ powerBankId: bank(7), slot: 7 });
  await station.client.post();
  await station.idle();
  expect(station.plane.reports("bank_in")).toContainEqual(expect.objectContaining({ powerBankId: bank(7), atMs }));
  expect(await station.rows("select count(*) as n from events where is_plausible = 0")).toEqual([{ n: 0 }]);
});
