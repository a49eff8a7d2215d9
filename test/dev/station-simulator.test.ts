// The simulated stations against a server that is only as good as the protocol: what the object makes of them is tested in
// workerd, with the same model.
import { afterEach, expect, test } from "bun:test";
import { decodeJwt, exportJWK, generateKeyPair } from "jose";
import {
  startStationSimulator,
  type StationSimulator,
  type StationSimulatorOptions,
} from "../../dev/simulators/station.ts";
import { checkScreenCode } from "../../src/stations/screen-code.ts";
import { StationFrame, type ServerFrame } from "../../durable-objects/protocol.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Acknowledges every event; refuses tokens whose time is more than a minute off. */
const startServer = () => {
  const heard: { stationId: string; frame: StationFrame }[] = [];
  const queued = new Map<string, ServerFrame[]>();
  const sockets = new Map<string, Bun.ServerWebSocket<{ stationId: string }>>();
  const polls = new Map<string, () => void>();
  let refusals = 0;
  const answer = (stationId: string, value: unknown): ServerFrame[] => {
    const frame = StationFrame.parse(value);
    heard.push({ stationId, frame });
    if (frame.type === "heartbeat" || frame.type === "done") return [];
    const welcome: ServerFrame[] =
      frame.type === "hello" ? [{ type: "welcome", serverTime: Date.now(), heartbeatSeconds: 1, have: [] }] : [];
    return [...welcome, { type: "ack", bootId: frame.bootId, seq: frame.seq }];
  };
  const server = Bun.serve<{ stationId: string }>({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request, self) {
      const [, , , , stationId = "", door] = new URL(request.url).pathname.split("/");
      const claims = request.headers.get("authorization")
        ? decodeJwt(request.headers.get("authorization")!.slice(7))
        : null;
      if (!claims || claims.aud !== stationId || Math.abs(claims.iat! * 1_000 - Date.now()) > 60_000) {
        refusals++;
        return Response.json({ code: "station_unauthenticated", serverTimeMs: Date.now() }, { status: 401 });
      }
      if (door === "socket")
        return self.upgrade(request, { data: { stationId } }) ? undefined : new Response(null, { status: 400 });
      if (door === "events") {
        const { events } = (await request.json()) as { events: unknown[] };
        return Response.json({ frames: events.flatMap((event) => answer(stationId, event)) });
      }
      if (!queued.get(stationId)?.length) {
        await new Promise<void>((resolve) => {
          polls.set(stationId, resolve);
          request.signal.addEventListener("abort", () => resolve());
        });
      }
      return Response.json({ frames: queued.get(stationId)?.splice(0) ?? [] });
    },
    websocket: {
      open: (socket) => void sockets.set(socket.data.stationId, socket),
      message(socket, text) {
        if (text === "ping") return void socket.send("pong");
        for (const frame of answer(socket.data.stationId, JSON.parse(String(text)))) socket.send(JSON.stringify(frame));
      },
    },
  });
  stops.push(() => server.stop(true));
  return {
    url: `http://127.0.0.1:${server.port}`,
    heard,
    refusals: () => refusals,
    cut: (stationId: string) => sockets.get(stationId)?.terminate(),
    command(stationId: string, frame: ServerFrame): void {
      const socket = sockets.get(stationId);
      if (socket) return void socket.send(JSON.stringify(frame));
      queued.set(stationId, [...(queued.get(stationId) ?? []), frame]);
      polls.get(stationId)?.();
    },
    /** The first frame that fits, once it is here. */
    async hear<T extends StationFrame["type"]>(
      type: T,
      fits: (frame: Extract<StationFrame, { type: T }>, stationId: string) => boolean = () => true,
    ) {
      for (;;) {
        const found = heard.find(
          ({ frame, stationId }) => frame.type === type && fits(frame as Extract<StationFrame, { type: T }>, stationId),
        );
        if (found) return found.frame as Extract<StationFrame, { type: T }>;
        await Bun.sleep(10);
      }
    },
  };
};

const stationOf = async (stationId: string, slots: StationSimulatorOptions["stations"][number]["slots"]) => {
  const pair = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return {
    stationId,
    code: stationId === "stn_a" ? "1001" : "1002",
    keyId: "k1",
    privateJwk: await exportJWK(pair.privateKey),
    slots,
  };
};

const start = async (options: Partial<StationSimulatorOptions> & { baseUrl: string }): Promise<StationSimulator> => {
  const stations = [
    await stationOf("stn_a", [{ slot: 1, powerBankId: "pb_1", chargePercent: 90 }, { slot: 2 }]),
    await stationOf("stn_b", [{ slot: 1 }, { slot: 2 }]),
  ];
  const simulator = await startStationSimulator({ stations, ...options });
  stops.push(() => simulator.stop());
  return simulator;
};

const call = (simulator: StationSimulator, method: string, path: string, body?: unknown) =>
  fetch(`${simulator.url}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

test("its screen shows a proof by its own key, by the server's clock, also while it has no network", async () => {
  const server = startServer();
  const station = await stationOf("stn_a", [{ slot: 1 }]);
  const simulator = await start({ baseUrl: server.url, stations: [station] });
  await server.hear("inventory");
  await call(simulator, "POST", "/stations/stn_a/faults", { kind: "clock_off", ms: 86_400_000 });
  await call(simulator, "POST", "/stations/stn_a/faults", { kind: "offline" });
  const { address } = (await (await call(simulator, "GET", "/stations/stn_a/screen")).json()) as { address: string };
  const url = new URL(address);
  expect(`${url.origin}${url.pathname}`).toBe(`${server.url}/s/1001`);
  const keys = [{ keyId: "k1", x: station.privateJwk.x! }];
  // The clock went off after the last welcome: until the next one the station cannot know.
  const check = (nowMs: number) => checkScreenCode(url.searchParams.get("c")!, "stn_a", keys, nowMs);
  expect([await check(Date.now()), await check(Date.now() + 86_400_000)]).toEqual(["expired", "proven"]);
  await call(simulator, "DELETE", "/stations/stn_a/faults?kind=clock_off");
  const again = (await (await call(simulator, "GET", "/stations/stn_a/screen")).json()) as { address: string };
  const code = new URL(again.address).searchParams.get("c")!;
  expect(await checkScreenCode(code, "stn_a", keys, Date.now())).toBe("proven");
});

for (const transport of ["websocket", "http"] as const) {
  test(`${transport}: a bank ejected at one station can be put into another`, async () => {
    const server = startServer();
    const simulator = await start({ baseUrl: server.url, transport });
    await server.hear("inventory", (_, stationId) => stationId === "stn_a");
    server.command("stn_a", {
      type: "eject",
      commandId: "cmd_1",
      slot: 1,
      powerBankId: "pb_1",
      expiresAt: Date.now() + 30_000,
    });
    expect(await server.hear("ejected")).toMatchObject({
      commandId: "cmd_1",
      slot: 1,
      powerBankId: "pb_1",
      result: "out",
    });
    expect([...simulator.pocket]).toEqual(["pb_1"]);
    await server.hear("inventory", (_, stationId) => stationId === "stn_b");
    expect(
      (await call(simulator, "POST", "/stations/stn_b/insert", { powerBankId: "pb_1", chargePercent: 33 })).status,
    ).toBe(200);
    expect(await server.hear("returned")).toMatchObject({
      slot: 1,
      powerBankId: "pb_1",
      chargePercent: 33,
      result: "ok",
    });
    expect((await call(simulator, "POST", "/stations/stn_a/insert", { powerBankId: "pb_1" })).status).toBe(409);
    expect([...simulator.pocket]).toEqual([]);
  });

  test(`${transport}: a refused clock is learnt from the refusal, and the events keep the wrong one`, async () => {
    const server = startServer();
    const simulator = await start({ baseUrl: server.url, transport });
    await server.hear("hello", (_, stationId) => stationId === "stn_a");
    await call(simulator, "POST", "/stations/stn_a/faults", { kind: "clock_off", ms: -86_400_000 });
    await call(simulator, "POST", "/stations/stn_a/reboot");
    const bootId = simulator.stations["stn_a"]!.model.bootId;
    const hello = await server.hear("hello", (frame) => frame.bootId === bootId);
    expect(Date.now() - hello.at).toBeGreaterThan(86_300_000);
    expect(server.refusals()).toBeGreaterThan(0);
  });
}

test("what happened while it was offline is replayed under its first name after a fresh hello", async () => {
  const server = startServer();
  const simulator = await start({ baseUrl: server.url });
  const { model } = simulator.stations["stn_a"]!;
  await server.hear("inventory", (_, stationId) => stationId === "stn_a");
  await call(simulator, "POST", "/stations/stn_a/offline");
  await call(simulator, "POST", "/stations/stn_a/insert", { powerBankId: "pb_9", slot: 2 });
  const seq = model.seq - 1;
  expect(server.heard.some(({ frame }) => frame.type === "returned")).toBe(false);
  await call(simulator, "POST", "/stations/stn_a/online");
  expect(await server.hear("returned")).toMatchObject({ powerBankId: "pb_9", bootId: model.bootId, seq });
  const order = server.heard.filter(({ stationId }) => stationId === "stn_a").map(({ frame }) => frame.type);
  expect(order.lastIndexOf("hello")).toBeLessThan(order.indexOf("returned"));
});

test("a cut connection comes back", async () => {
  const server = startServer();
  const simulator = await start({ baseUrl: server.url });
  const { model } = simulator.stations["stn_a"]!;
  await server.hear("inventory", (_, stationId) => stationId === "stn_a");
  const { seq } = model;
  server.cut("stn_a");
  expect(await server.hear("hello", (frame) => frame.bootId === model.bootId && frame.seq > seq)).toMatchObject({
    bootId: model.bootId,
  });
});

test("the banks stay where they are when the simulator starts again", async () => {
  const server = startServer();
  const stateFile = `${process.env["TMPDIR"] ?? "/tmp"}/stations-${crypto.randomUUID()}.json`;
  stops.push(() => Bun.file(stateFile).delete());
  const first = await start({ baseUrl: server.url, stateFile });
  await call(first, "POST", "/stations/stn_a/remove", { slot: 1 });
  await call(first, "POST", "/stations/stn_b/insert", { powerBankId: "pb_1", slot: 2, chargePercent: 40 });
  await first.stop();
  const second = await start({ baseUrl: server.url, stateFile });
  expect(second.stations["stn_a"]!.model.cabinet.banks()).toEqual([]);
  expect(second.stations["stn_b"]!.model.cabinet.banks()).toEqual([
    { slot: 2, powerBankId: "pb_1", chargePercent: 40 },
  ]);
});

test("the control API refuses what a hand cannot do", async () => {
  const simulator = await start({ baseUrl: startServer().url });
  const status = async (method: string, path: string, body?: unknown): Promise<number> =>
    (await call(simulator, method, path, body)).status;
  expect(await status("POST", "/stations/stn_a/insert", { powerBankId: "pb_2", slot: 1 })).toBe(409);
  expect(await status("POST", "/stations/stn_b/remove", { slot: 1 })).toBe(409);
  expect(await status("POST", "/stations/stn_a/faults", { kind: "melts" })).toBe(400);
  expect(await status("POST", "/stations/stn_a/insert", { slot: 1 })).toBe(400);
  expect(await status("GET", "/stations/stn_x")).toBe(404);
  expect(await (await call(simulator, "GET", "/stations")).json()).toMatchObject({
    pocket: [],
    stations: [{ stationId: "stn_a" }, { stationId: "stn_b" }],
  });
});
