// docs/station-protocol.md, executed: its frames are valid, complete, and one conversation that the real object has as written.
import { describe, expect, it } from "vitest";
import { FRAMES_PER_MINUTE } from "../../durable-objects/ceiling.ts";
import { MAX_FRAME_BYTES, PROTOCOL_VERSION, ServerFrame, StationFrame } from "../../durable-objects/protocol.ts";
import type { StationCommand } from "../../src/stations/port.ts";
import { makeStation, type TestStation } from "./harness.ts";

const [document] = Object.values(
  import.meta.glob<string>("../../docs/station-protocol.md", { eager: true, query: "?raw", import: "default" }),
);
const text = document!;
type Json = Record<string, unknown>;
const blocks = [...text.matchAll(/```json (\w+)\n([\s\S]*?)```/g)].map(([, from, body]) => ({
  from: from!,
  frame: JSON.parse(body!) as Json,
}));
const spoken = blocks.filter(({ from }) => from !== "token");
const said = (from: string): Json[] => blocks.filter((block) => block.from === from).map(({ frame }) => frame);

describe("the published protocol", () => {
  it("says which version it is, and the ceilings that hold", () => {
    expect(text).toContain(`# Station wire protocol, version ${PROTOCOL_VERSION}`);
    expect(text).toContain(`${MAX_FRAME_BYTES / 1024} KiB per frame`);
    expect(text).toContain(`${FRAMES_PER_MINUTE.toLocaleString("en")} frames a minute`);
  });

  it("has an example of every frame, with every field", () => {
    for (const [from, schemas] of [
      ["station", StationFrame.options],
      ["server", ServerFrame.options],
    ] as const) {
      const examples = said(from);
      for (const schema of schemas) {
        const shape: Json = schema.shape;
        const type = schema.shape.type.value;
        const fields = Object.keys(shape).toSorted();
        const found = examples.filter((example) => example["type"] === type).map((one) => Object.keys(one).toSorted());
        expect([from, type, found]).toEqual([from, type, expect.arrayContaining([fields]) as unknown]);
      }
    }
  });

  it("has examples that the schemas take, but for the one that shows an error", () => {
    for (const frame of said("server")) expect(ServerFrame.parse(frame)).toMatchObject(frame);
    const refused = said("station").filter((frame) => !StationFrame.safeParse(frame).success);
    expect(refused.map(({ type }) => type)).toEqual(["weather"]);
  });

  it("has a token that opens the door, once", async () => {
    const station = await makeStation();
    station.clock.atMs = 1_900_000_000_000;
    const { claims } = said("token")[0] as { claims: Json };
    const token = await station.client.token({ ...claims, aud: station.stationId });
    expect((await station.client.request("commands", {}, token)).status).toBe(200);
    expect((await station.client.request("commands", {}, token)).status).toBe(401);
  });
});

/** Brings the server to say what the page shows next; null: it says so by itself. */
const order = async (station: TestStation, frame: Json): Promise<void> => {
  const { type, slot, powerBankId, qr, showUntil } = frame;
  if (type === "eject") await station.dispense(station.rental());
  const orders: Record<string, () => Json> = {
    lock: () => ({ kind: "lock", slot }),
    unlock: () => ({ kind: "unlock", slot }),
    open: () => ({ kind: "open", slot, powerBankId }),
    screen: () => ({ kind: "screen", qr, showUntilMs: showUntil }),
    reboot: () => ({ kind: "reboot" }),
    refresh: () => ({ kind: "refresh" }),
  };
  const make = orders[type as string];
  if (!make) return;
  const input = { commandId: station.ids.next("cmd"), expiresAtMs: station.clock.now() + 30_000, ...make() };
  await station.stub.command(input as unknown as StationCommand);
};

/** Plays the page. Ids of commands are made by the server: those of the page stand for them. */
const play = async (
  station: TestStation,
  wire: { say(frame: Json): Promise<void>; hear(): Promise<ServerFrame> },
): Promise<void> => {
  const meant = new Map<string, string>();
  const real = (frame: Json): Json =>
    JSON.parse(JSON.stringify(frame), (_, value: unknown) =>
      typeof value === "string" ? (meant.get(value) ?? value) : value,
    ) as Json;
  for (const { from, frame } of spoken) {
    if (from === "station") {
      if (typeof frame["at"] === "number") station.clock.atMs = frame["at"];
      await wire.say(real(frame));
      continue;
    }
    await order(station, frame);
    const heard = await wire.hear();
    if ("commandId" in heard && !heard.commandId.startsWith("settings."))
      meant.set(frame["commandId"] as string, heard.commandId);
    // An end is so long after the moment of the order, whatever the page's clock says.
    const { expiresAt: _end, ...shown } = real(frame);
    expect(heard).toMatchObject(shown);
  }
};

const begin = async (): Promise<TestStation> => {
  const station = await makeStation();
  // After every alarm that could ring by itself.
  station.clock.atMs = 1_900_000_000_000;
  return station;
};

/** What the object has made of it. */
const outcome = async (station: TestStation): Promise<void> => {
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([
    { powerBankId: "CP-00417", slot: 1, atMs: 1_900_000_022_000 },
  ]);
  expect(station.plane.reports("bank_in").map(({ powerBankId, slot }) => [powerBankId, slot])).toEqual([
    ["CP-00417", 1],
    ["CP-00981", 2],
    ["CP-01203", 3],
  ]);
  expect(await station.rows("select kind, result from staff_commands order by rowid")).toEqual([
    { kind: "refresh", result: "ok" },
    { kind: "lock", result: "ok" },
    { kind: "unlock", result: "ok" },
    { kind: "open", result: "failed" },
    { kind: "screen", result: "ok" },
    { kind: "reboot", result: "ok" },
  ]);
  expect(await station.rows("select settings_done from station")).toEqual([{ settings_done: 1 }]);
  expect(await station.rows("select count(*) as n from events")).toEqual([{ n: 8 }]);
};

describe("the conversation of the published protocol", () => {
  it("is had over a WebSocket", async () => {
    const station = await begin();
    const { webSocket } = await station.client.request("socket", { headers: { upgrade: "websocket" } });
    const inbox: ServerFrame[] = [];
    let wake = (): void => {};
    webSocket!.accept();
    webSocket!.addEventListener("message", ({ data }) => {
      inbox.push(ServerFrame.parse(JSON.parse(data as string)));
      wake();
    });
    await play(station, {
      say: async (frame) => webSocket!.send(JSON.stringify(frame)),
      async hear() {
        while (inbox.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        return inbox.shift()!;
      },
    });
    await outcome(station);
    expect(inbox).toEqual([]);
  });

  it("is had over plain HTTP", async () => {
    const station = await begin();
    const inbox: ServerFrame[] = [];
    const take = async (response: Response): Promise<void> => {
      expect(response.status).toBe(200);
      inbox.push(...(await response.json<{ frames: ServerFrame[] }>()).frames);
    };
    await play(station, {
      async say(frame) {
        await take(
          await station.client.request("events", { method: "POST", body: JSON.stringify({ events: [frame] }) }),
        );
        // It polls all the time; that it does is its proof of life.
        await take(await station.client.request("commands"));
      },
      async hear() {
        for (let polls = 0; inbox.length === 0 && polls < 5; polls++)
          await take(await station.client.request("commands"));
        return inbox.shift()!;
      },
    });
    await outcome(station);
    expect(inbox).toEqual([]);
  });
});
