import { expect, it } from "vitest";
import { MAX_FRAME_BYTES } from "../../durable-objects/protocol.ts";
import { bank, liveStation, makeStation, type TestStation } from "./harness.ts";

const stored = (station: TestStation) =>
  station.rows<{ boot_id: string; seq: number; type: string }>(
    "select boot_id, seq, type from events order by boot_id, seq",
  );
const acks = (station: TestStation) =>
  station.client.received.flatMap((frame) => (frame.type === "ack" ? [frame.seq] : []));
const slotFrame = (station: TestStation, seq: number, change: Record<string, unknown> = {}) => ({
  type: "slot",
  bootId: station.client.model.bootId,
  seq,
  at: station.clock.now(),
  slot: 5,
  state: "empty",
  powerBankId: null,
  chargePercent: null,
  ...change,
});

it("answers hello with welcome, then acknowledges it", async () => {
  const station = await makeStation();
  await station.client.connect();
  const { bootId } = station.client.model;
  expect(station.client.received.slice(0, 2)).toEqual([
    { type: "welcome", serverTime: station.clock.now(), heartbeatSeconds: 20, have: [{ bootId, upTo: 1 }] },
    { type: "ack", bootId, seq: 1 },
  ]);
});

it("acknowledges an event only with the event stored", async () => {
  const station = await liveStation();
  station.client.send(slotFrame(station, 3));
  await station.client.until(() => acks(station).includes(3));
  await station.evict();
  expect(await stored(station)).toContainEqual({ boot_id: station.client.model.bootId, seq: 3, type: "slot" });
});

it("a repeat is acknowledged and writes nothing, also after an eviction", async () => {
  const station = await liveStation();
  const frame = slotFrame(station, 3);
  station.client.send(frame);
  await station.client.until(() => acks(station).includes(3));
  await station.evict();
  const rows = await station.written(async () => {
    // The same name with another content is a repeat too: the first one counts.
    station.client.send({ ...frame, state: "ok", powerBankId: bank(9), chargePercent: 99 });
    await station.client.until(() => acks(station).filter((seq) => seq === 3).length === 2);
  });
  expect(rows).toBe(0);
  expect(station.plane.reports("bank_in")).toEqual([]);
});

it("tells the highest seq without a gap, and takes what fills the gap", async () => {
  const station = await liveStation();
  const { bootId } = station.client.model;
  for (const seq of [3, 5, 6]) station.client.send(slotFrame(station, seq));
  await station.client.until(() => acks(station).includes(6));
  const upTo = async (): Promise<number | undefined> => {
    await station.client.dial();
    const before = station.client.received.filter((frame) => frame.type === "welcome").length;
    station.client.send({
      type: "hello",
      bootId: `later-${before}`,
      seq: 1,
      at: 1,
      protocol: 1,
      firmware: "f",
      model: "m",
      slotCount: 8,
    });
    return (await station.client.frame("welcome", before + 1)).have.find((entry) => entry.bootId === bootId)?.upTo;
  };
  expect(await upTo()).toBe(3);
  station.client.send(slotFrame(station, 4, { bootId }));
  await station.client.until(() => acks(station).includes(4));
  expect(await upTo()).toBe(6);
});

it("a buffered event keeps its name across a reboot and is taken once", async () => {
  const station = await liveStation();
  const { model } = station.client;
  const firstBoot = model.bootId;
  station.client.drop();
  model.insert({ powerBankId: bank(8), slot: 8 });
  model.reboot();
  await station.client.connect();
  station.client.drop();
  await station.client.connect();
  await station.idle();
  expect(station.plane.reports("bank_in")).toMatchObject([
    { powerBankId: bank(8), slot: 8, event: { bootId: firstBoot, seq: 3 } },
  ]);
});

it("duplicates, reordering and losses leave the same slots, and no event is reported twice", async () => {
  const station = await liveStation();
  const { client } = station;
  client.arm({ kind: "duplicate_events" });
  client.arm({ kind: "reorder_events" });
  client.arm({ kind: "lose_events", times: 2 });
  client.model.insert({ powerBankId: bank(4), slot: 4, chargePercent: 70 });
  client.model.insert({ powerBankId: bank(5), slot: 5, chargePercent: 71 });
  client.flush();
  station.clock.pass(16_000);
  await client.settled();
  await station.idle();
  const reports = station.plane.reports("bank_in");
  expect(new Set(reports.map((report) => report.powerBankId))).toEqual(new Set([bank(4), bank(5)]));
  expect(new Set(reports.map((report) => report.event.seq)).size).toBe(reports.length);
  expect(await station.rows("select slot, power_bank_id from slots where slot in (4, 5)")).toEqual([
    { slot: 4, power_bank_id: bank(4) },
    { slot: 5, power_bank_id: bank(5) },
  ]);
});

it("a report taken earlier does not undo what a later one showed", async () => {
  const station = await liveStation();
  station.client.send(slotFrame(station, 4, { state: "ok", powerBankId: bank(5), chargePercent: 50 }));
  station.client.send(slotFrame(station, 3));
  await station.client.until(() => acks(station).includes(3));
  expect(await station.rows("select power_bank_id from slots where slot = 5")).toEqual([{ power_bank_id: bank(5) }]);
});

it("an inventory dates every slot, also those it found unchanged: an earlier report of one does not count any more", async () => {
  const station = await liveStation();
  const { bootId, cabinet } = station.client.model;
  station.client.send({
    type: "inventory",
    bootId,
    seq: 4,
    at: station.clock.now(),
    slots: cabinet.report(station.clock.now()),
  });
  station.client.send(slotFrame(station, 3, { state: "ok", powerBankId: bank(5), chargePercent: 50 }));
  await station.client.until(() => acks(station).includes(3));
  await station.idle();
  expect(await station.rows("select power_bank_id from slots where slot = 5")).toEqual([{ power_bank_id: null }]);
  expect(station.plane.reports("bank_in")).toEqual([]);
});

it("an unknown type is stored, answered with an error frame, and acknowledged", async () => {
  const station = await liveStation();
  const { bootId } = station.client.model;
  station.client.send({ type: "door_opened", bootId, seq: 3, at: 1, colour: "red" });
  expect(await station.client.frame("error")).toEqual({ type: "error", code: "unknown_type", bootId, seq: 3 });
  await station.client.until(() => acks(station).includes(3));
  expect(await station.rows("select type, body from events where seq = 3")).toEqual([
    {
      type: "unknown_type:door_opened",
      body: JSON.stringify({ type: "door_opened", bootId, seq: 3, at: 1, colour: "red" }),
    },
  ]);
});

it("a frame of a known type that is not valid is stored and does not block the buffer", async () => {
  const station = await liveStation();
  station.client.send(slotFrame(station, 3, { slot: 0 }));
  expect(await station.client.frame("error")).toMatchObject({ code: "invalid_frame", seq: 3 });
  await station.client.until(() => acks(station).includes(3));
});

it("unknown fields are ignored", async () => {
  const station = await liveStation();
  station.client.send(slotFrame(station, 3, { state: "ok", powerBankId: bank(5), chargePercent: 50, colour: "red" }));
  await station.client.until(() => acks(station).includes(3));
  await station.idle();
  expect(station.plane.reports("bank_in")).toMatchObject([{ powerBankId: bank(5) }]);
});

it.each([
  ["not JSON", "{", "malformed_json"],
  ["no object", "[1]", "malformed_json"],
  ["without a name", JSON.stringify({ type: "slot" }), "invalid_frame"],
  ["a bad heartbeat", JSON.stringify({ type: "heartbeat", bootId: "b", seq: 0, at: 1 }), "invalid_frame"],
])("refuses what cannot be stored and stores nothing: %s", async (_, text, code) => {
  const station = await liveStation();
  const before = await stored(station);
  station.client.send(text);
  expect((await station.client.frame("error")).code).toBe(code);
  expect(await stored(station)).toEqual(before);
});

it("takes a frame of 64 KiB and refuses one byte more", async () => {
  const station = await liveStation();
  const sized = (seq: number, bytes: number): string => {
    const frame = slotFrame(station, seq, { padding: "" });
    return JSON.stringify({ ...frame, padding: "x".repeat(bytes - JSON.stringify(frame).length) });
  };
  station.client.send(sized(3, MAX_FRAME_BYTES));
  await station.client.until(() => acks(station).includes(3));
  station.client.send(sized(4, MAX_FRAME_BYTES + 1));
  expect((await station.client.frame("error")).code).toBe("frame_too_large");
  await station.client.until(() => station.client.closed !== null);
  expect(station.client.closed?.code).toBe(1009);
  expect((await stored(station)).some((event) => event.seq === 4)).toBe(false);
});

it("prunes below the highest seq without a gap and nothing else", async () => {
  const station = await liveStation();
  const { bootId } = station.client.model;
  const batch = (from: number, to: number, but: number) =>
    station.client.request("events", {
      method: "POST",
      body: JSON.stringify({
        events: Array.from({ length: to - from + 1 }, (_, n) => from + n)
          .filter((seq) => seq !== but)
          .map((seq) => ({ type: "odd", bootId, seq, at: 1 })),
      }),
    });
  for (let from = 3; from < 1_024; from += 200)
    expect((await batch(from, Math.min(from + 199, 1_024), 900)).status).toBe(200);
  const kept = (await stored(station)).map((event) => event.seq);
  expect(Math.min(...kept)).toBe(899 - 500 + 1);
  expect(kept).toContain(1_024);
  const rows = await station.written(async () => batch(10, 20, 0));
  // The token of the request, and no event again.
  expect(rows).toBe(1);
  await batch(900, 900, 0);
  expect((await stored(station)).some((event) => event.seq === 900)).toBe(true);
});
