// The Worker's doors to the objects: tokens pass through, refusals become problems, listeners need a ticket.
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { beforeAll, expect, it } from "vitest";
import { createTokens } from "../../src/auth/tokens.ts";
import { Config } from "../../src/config.ts";
import type { Dependencies } from "../../src/deps.ts";
import type { AppEnv } from "../../src/http/app-env.ts";
import { onError } from "../../src/http/problem.ts";
import { createLimits } from "../../src/http/rate-limit.ts";
import { createStationPort } from "../../src/stations/station-port.ts";
import { live, stationWire } from "../../src/stations/routes-wire.ts";
import { StationClient } from "../support/station-client.ts";
import { liveStation, makeStation, someSlots, type TestStation } from "./harness.ts";
import { Listener } from "./listener.ts";

const port = createStationPort(env.STATIONS);
let config: Config;
beforeAll(() => {
  config = Config.parse(env);
});

const through = (station: TestStation) => {
  const deps = {
    stationWire: port,
    tokens: createTokens(config, station.clock),
    clock: station.clock,
    config,
  } as unknown as Dependencies;
  const app = new Hono<AppEnv>()
    .use(async (c, next) => {
      c.set("deps", deps);
      c.set("limits", createLimits());
      await next();
    })
    .route("/api/v1/stations", stationWire)
    .route("/api/v1/rentals", live)
    .onError(onError);
  const open = async (request: Request): Promise<Response> => app.fetch(request);
  return { deps, open };
};

const client = (station: TestStation): StationClient =>
  new StationClient({
    stationId: station.stationId,
    ...station.key,
    open: through(station).open,
    now: () => station.clock.now(),
    model: { slots: someSlots, ejectMs: 0 },
  });

it("a station connects, posts and polls through the Worker, also over an eviction", async () => {
  const station = await makeStation();
  const socket = client(station);
  await socket.connect();
  await station.evict();
  socket.model.reportAll();
  await socket.settled();
  const polling = client(station);
  polling.model.open();
  expect((await polling.post()).map((frame) => frame.type)).toEqual(["welcome", "ack"]);
  expect(await polling.poll()).toEqual([]);
});

it.each<[string, string, RequestInit, number, string]>([
  ["no token", "socket", { headers: { authorization: "" } }, 401, "station_unauthenticated"],
  ["a body that is not JSON", "events", { method: "POST", body: "{" }, 400, "malformed_json"],
  ["a body that is no batch", "events", { method: "POST", body: "{}" }, 400, "invalid_request"],
  ["no upgrade", "socket", {}, 400, "invalid_request"],
])("a refusal is a problem document: %s", async (_, door, init, status, code) => {
  const station = await makeStation();
  const response = await client(station).request(door, init);
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({ status, code });
});

it("a refused token is told the server's time", async () => {
  const station = await makeStation();
  expect(await (await client(station).request("commands", {}, "x")).json()).toMatchObject({
    serverTimeMs: station.clock.now(),
  });
});

it("an id that no station can have is refused without an object", async () => {
  const station = await makeStation();
  const response = await through(station).open(new Request("http://x/api/v1/stations/stn_none/commands"));
  expect(response.status).toBe(401);
});

it("a ticket opens the live socket of its own rental, once", async () => {
  const station = await liveStation();
  const { deps, open } = through(station);
  const rentalId = station.rental();
  const { ticket } = await deps.tokens.signTicket({ rentalId, stationId: station.stationId, status: "dispensing" });
  const ask = (id: string, headers: Record<string, string> = { upgrade: "websocket" }) =>
    open(new Request(`http://x/api/v1/rentals/${id}/live?ticket=${ticket}`, { headers }));
  expect((await ask(station.rental())).status).toBe(401);
  expect((await ask(rentalId, {})).status).toBe(400);
  const listener = new Listener(await ask(rentalId));
  await port.lease(station.stationId, { rentalId, untilMs: station.clock.now() + 60_000 });
  expect(await listener.states(1)).toEqual(["awaiting_payment"]);
  expect(await (await ask(rentalId)).json()).toMatchObject({ code: "ticket_invalid" });
});

it("the port reaches the object that the station's id names", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  const { stationId } = station;
  station.client.arm({ kind: "no_answer" });
  expect(await port.configure(stationId, { version: 1, keys: [], settings: station.settings })).toEqual({ version: 1 });
  expect(
    await port.dispense(stationId, { rentalId, notAfterMs: station.clock.now() + 60_000, wasPaid: false }),
  ).toMatchObject({ status: "ejecting" });
  expect(await port.rentalState(stationId, rentalId)).toMatchObject({ status: "ejecting", slot: 1 });
  await port.closed(stationId, { rentalId, status: "cancelled", atMs: station.clock.now() });
  await port.release(stationId, { rentalId, reason: "renter" });
  await port.wake(stationId);
});
