import { expect, it } from "vitest";
import { Inbox } from "../../durable-objects/inbox.ts";
import type { ReadFrame } from "../../durable-objects/frames.ts";
import { liveStation } from "./harness.ts";

const frame = (n: number): ReadFrame => ({
  kind: "done",
  frame: { type: "done", commandId: `cmd_${n}`, result: "ok" },
});
const opened = (): WebSocket => new WebSocketPair()[0];

const watched = (fails = false) => {
  const taken: { socket: WebSocket; frames: ReadFrame[] }[] = [];
  const inbox = new Inbox((socket, frames) => {
    taken.push({ socket, frames });
    if (fails) throw new Error("no");
  });
  return { taken, inbox };
};

it("frames that have come are taken together, each socket's in their order", async () => {
  const { taken, inbox } = watched();
  const [first, second] = [opened(), opened()];
  await Promise.all([inbox.put(first, frame(1)), inbox.put(second, frame(2)), inbox.put(first, frame(3))]);
  expect(taken).toEqual([
    { socket: first, frames: [frame(1), frame(3)] },
    { socket: second, frames: [frame(2)] },
  ]);
  await inbox.put(first, frame(4));
  expect(taken.at(-1)?.frames).toEqual([frame(4)]);
});

it("no more than 200 are taken at once, and none is left", async () => {
  const { taken, inbox } = watched();
  const socket = opened();
  const all = Array.from({ length: 450 }, (_, n) => frame(n));
  for (const one of all) void inbox.put(socket, one);
  await inbox.idle();
  expect(taken.map(({ frames }) => frames.length)).toEqual([200, 200, 50]);
  expect(taken.flatMap(({ frames }) => frames)).toEqual(all);
});

it("goes on after frames that could not be taken", async () => {
  const { taken, inbox } = watched(true);
  await expect(inbox.put(opened(), frame(1))).rejects.toThrow("no");
  await expect(inbox.put(opened(), frame(2))).rejects.toThrow("no");
  expect(taken).toHaveLength(2);
});

it("a connection that ends right after its last frames loses none of them", async () => {
  const station = await liveStation();
  const { client } = station;
  station.clock.pass(1_000);
  client.arm({ kind: "hot_bank", slot: 3 });
  client.flush();
  const { bootId, seq } = client.model;
  client.send(client.model.heartbeat());
  client.drop();
  await client.connect();
  expect(client.model.unacknowledged).toBe(0);
  expect(await station.rows("select contact_seq, contact_at_ms from boots where boot_id = ?", bootId)).toEqual([
    { contact_seq: seq, contact_at_ms: station.clock.now() },
  ]);
});
