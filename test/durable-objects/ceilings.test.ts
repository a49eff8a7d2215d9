// Ceilings on what a station says: they refuse or alert, and drop no fact of custody.
import { expect, it } from "vitest";
import { FRAMES_PER_MINUTE } from "../../durable-objects/ceiling.ts";
import { bank, makeStation, type TestStation } from "./harness.ts";

const BATCH = 200;

const flooded = async (): Promise<TestStation> => {
  const station = await makeStation();
  const { client } = station;
  client.model.open();
  await client.post();
  await client.post();
  const events = Array.from({ length: BATCH }, () => client.model.heartbeat());
  for (let sent = 0; sent < FRAMES_PER_MINUTE; sent += BATCH) await post(station, events);
  await station.idle();
  return station;
};
const post = async (station: TestStation, events: unknown[]) => {
  const response = await station.client.request("events", { method: "POST", body: JSON.stringify({ events }) });
  expect(response.status).toBe(200);
  return (await response.json<{ frames: Record<string, unknown>[] }>()).frames;
};

it("above the frames of a minute a station is alerted about once, what proves nothing is refused, and a return is taken", async () => {
  const station = await flooded();
  const { bootId, seq } = station.client.model;
  const at = station.clock.now();
  const returned = { type: "returned", bootId, at, slot: 6, powerBankId: bank(9), chargePercent: 5, result: "ok" };
  const frames = await post(station, [
    station.client.model.heartbeat(),
    { type: "novelty", bootId, seq: seq + 1, at },
    { ...returned, seq: seq + 2 },
  ]);
  expect(frames).toEqual([
    { type: "error", code: "too_many_frames" },
    { type: "error", code: "too_many_frames", bootId, seq: seq + 1 },
    { type: "ack", bootId, seq: seq + 2 },
  ]);
  await station.idle();
  expect(station.plane.reports("bank_in")).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ powerBankId: bank(9), slot: 6 })]) as object,
  );
  expect(station.alerts().filter((alert) => alert === "station_floods")).toHaveLength(1);

  station.clock.pass(60_000);
  expect(await post(station, [{ type: "novelty", bootId, seq: seq + 1, at }])).toContainEqual({
    type: "ack",
    bootId,
    seq: seq + 1,
  });
});

it("a retired key takes polls and batches with it, and the open poll ends at once", async () => {
  const station = await makeStation();
  const { client, stub, key, settings } = station;
  client.model.open();
  await client.post();
  const poll = client.request("commands?wait=25");
  await client.request("commands?wait=0");
  await stub.configure({ version: 2, keys: [{ ...key.public, isRetired: true }], settings });
  expect((await poll).status).toBe(200);
  expect((await client.request("commands")).status).toBe(401);
  expect((await client.request("events", { method: "POST", body: '{"events":[{}]}' })).status).toBe(401);
});

it("a token that was used over one transport is refused over the other", async () => {
  const station = await makeStation();
  const token = await station.client.token();
  expect((await station.client.request("commands", {}, token)).status).toBe(200);
  expect((await station.client.dial(token)).status).toBe(401);
  expect((await station.client.request("events", { method: "POST", body: '{"events":[{}]}' }, token)).status).toBe(401);
});
