// Who may speak for a station, and over which connection it is spoken to.
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { decodeJwt, importJWK, SignJWT } from "jose";
import { expect, it } from "vitest";
import type { StationObject } from "../../durable-objects/station.ts";
import { liveStation, makeKey, makeStation, someSlots } from "./harness.ts";
import { signStationToken, StationClient } from "../support/station-client.ts";

const now = (atMs: number): number => Math.floor(atMs / 1000);

it("takes a token once, also after an eviction", async () => {
  const station = await makeStation();
  const token = await station.client.token();
  expect((await station.client.dial(token)).status).toBe(101);
  await station.evict();
  expect((await station.client.request("commands", {}, token)).status).toBe(401);
});

it("forgets a token's name only after the token has expired", async () => {
  const station = await makeStation();
  const names = () => station.rows<{ jti: string }>("select jti from used_tokens");
  for (let n = 0; n < 52; n++) await station.client.poll();
  expect(await names()).toHaveLength(52);
  station.clock.pass(360_000);
  await station.client.poll();
  expect(await names()).toHaveLength(1);
});

it.each<[string, (atMs: number) => Record<string, unknown>]>([
  ["for another station", () => ({ aud: "stn_01jzzzzzzzzzzzzzzzzzzzzzzz" })],
  ["that has expired", (atMs) => ({ iat: now(atMs) - 200, exp: now(atMs) - 31 })],
  ["that lives longer than 5 minutes", (atMs) => ({ exp: now(atMs) + 301 })],
  ["from the future", (atMs) => ({ iat: now(atMs) + 60, exp: now(atMs) + 120 })],
  ["without a name", () => ({ jti: undefined })],
  ["with an endless name", () => ({ jti: "x".repeat(65) })],
  ["without an end", () => ({ exp: undefined })],
  ["that ends before it begins", (atMs) => ({ iat: now(atMs) + 20, exp: now(atMs) + 10 })],
])("refuses a token %s", async (_, claims) => {
  const station = await makeStation();
  const response = await station.client.request(
    "commands",
    {},
    await station.client.token(claims(station.clock.now())),
  );
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({ code: "station_unauthenticated", serverTimeMs: station.clock.now() });
});

it("takes a token of exactly 5 minutes", async () => {
  const station = await makeStation();
  const atMs = station.clock.now();
  expect(
    (await station.client.request("commands", {}, await station.client.token({ iat: now(atMs), exp: now(atMs) + 300 })))
      .status,
  ).toBe(200);
});

it.each(["", "Bearer", "Bearer x.y.z", "Basic abc", "bearer a.b.c"])("refuses the header %j", async (authorization) => {
  const station = await makeStation();
  expect((await station.client.request("commands", { headers: { authorization } })).status).toBe(401);
});

it("refuses a foreign key under a known name, an unknown name, and an unsigned token", async () => {
  const station = await makeStation();
  const foreign = await makeKey("k1");
  const { stationId, clock, client } = station;
  const unsigned = `${btoa('{"alg":"none","kid":"k1"}').replace(/=+$/, "")}.${(await client.token()).split(".")[1]}.AA`;
  const tokens = [
    await signStationToken(foreign, stationId, clock.now()),
    await signStationToken({ ...station.key, keyId: "k2" }, stationId, clock.now()),
    unsigned,
  ];
  for (const token of tokens) expect((await client.request("commands", {}, token)).status).toBe(401);
});

it("refuses another algorithm", async () => {
  const station = await makeStation();
  const { jti: _jti, ...claims } = decodeJwt(await station.client.token());
  const token = await new SignJWT({ ...claims, jti: "x" })
    .setProtectedHeader({ alg: "HS256", kid: "k1" })
    .sign(new TextEncoder().encode("k".repeat(32)));
  expect((await station.client.request("commands", {}, token)).status).toBe(401);
});

it("two keys are valid during a rotation; a retired key's socket is closed and its tokens are refused", async () => {
  const station = await makeStation();
  const next = await makeKey("k2");
  const { stub, settings } = station;
  await stub.configure({ version: 2, keys: [station.key.public, next.public], settings });
  await station.client.connect();
  const second = new StationClient({
    stationId: station.stationId,
    ...next,
    open: (request) => stub.fetch(request),
    now: () => station.clock.now(),
    model: { slots: someSlots },
  });
  expect(await second.poll()).toEqual([]);
  await station.evict();
  await stub.configure({ version: 3, keys: [{ ...station.key.public, isRetired: true }, next.public], settings });
  await station.client.until(() => station.client.closed !== null);
  expect(station.client.closed?.code).toBe(4001);
  expect((await station.client.request("commands")).status).toBe(401);
  expect((await second.request("commands")).status).toBe(200);
  station.clock.pass(30_001);
  expect(await station.dispense(station.rental())).toEqual({ status: "station_offline" });
});

it("an older or equal configuration changes nothing and answers the version held", async () => {
  const station = await makeStation();
  const rows = await station.written(async () => {
    expect(await station.stub.configure({ version: 1, keys: [], settings: station.settings })).toEqual({ version: 1 });
  });
  expect(rows).toBe(0);
  expect((await station.client.request("commands")).status).toBe(200);
});

it("an object without keys refuses everything and writes nothing", async () => {
  const station = await makeStation({ isConfigured: false });
  const { stub, client } = station;
  const rentalId = station.rental();
  expect((await client.request("commands")).status).toBe(401);
  expect((await client.dial()).status).toBe(401);
  expect((await client.request("events", { method: "POST", body: "{}" })).status).toBe(401);
  expect((await station.listen(rentalId)).response.status).toBe(404);
  expect(await stub.dispense({ rentalId, notAfterMs: Number.MAX_SAFE_INTEGER, wasPaid: false })).toEqual({
    status: "station_unavailable",
  });
  expect(await stub.lease({ rentalId, untilMs: 1 })).toEqual({ status: "station_unavailable" });
  expect(await stub.rentalState(rentalId)).toEqual({ status: "none" });
  await stub.release({ rentalId, reason: "x" });
  await stub.closed({ rentalId, status: "returned", atMs: 1 });
  await stub.wake();
  await runInDurableObject(stub, async (object: StationObject, state) => {
    expect(object.sql.all("select name from sqlite_master")).toEqual([]);
    expect(object.sql.rowsWritten).toBe(0);
    expect(await state.storage.getAlarm()).toBeNull();
  });
});

it("an object whose keys are all gone refuses", async () => {
  const station = await makeStation();
  await station.stub.configure({ version: 2, keys: [], settings: station.settings });
  expect((await station.client.request("commands")).status).toBe(401);
});

it("a new socket takes the place of the old one", async () => {
  const station = await liveStation();
  const { client } = station;
  const old = client.socket;
  const closed = new Promise<number>((resolve) => old.addEventListener("close", ({ code }) => resolve(code)));
  await client.connect();
  expect(await closed).toBe(4000);
  await runInDurableObject(station.stub, (object: StationObject) => expect(object.transport.socket()).not.toBeNull());
  await station.dispense(station.rental());
  await client.frame("eject");
});

it("a command of a replaced connection stays undecided", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "no_answer" });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.connect();
  await station.evict();
  expect(await station.stub.rentalState(rentalId)).toMatchObject({ status: "ejecting" });
});

it("a ping is answered without waking the object and proves life", async () => {
  const station = await makeStation();
  const { client } = station;
  // Pings are stamped by the runtime's clock.
  station.clock.atMs = Date.now() - 60_000;
  await client.connect();
  await station.evict();
  station.clock.atMs = Date.now();
  expect(await station.dispense(station.rental())).toMatchObject({ status: "station_offline" });
  const pong = new Promise((resolve) =>
    client.socket.addEventListener("message", ({ data }) => data === "pong" && resolve(data)),
  );
  client.socket.send("ping");
  await pong;
  expect(await station.dispense(station.rental())).toMatchObject({ status: "ejecting" });
});

it("a heartbeat writes nothing and proves life, also to an object that was evicted since", async () => {
  const station = await liveStation();
  station.clock.pass(25_000);
  expect(
    await station.written(async () => {
      station.client.send(station.client.model.heartbeat());
      station.client.send("{");
      await station.client.frame("error");
    }),
  ).toBe(0);
  await station.evict();
  station.clock.pass(25_000);
  expect(await station.dispense(station.rental())).toMatchObject({ status: "ejecting" });
});

it("objects of two stations share nothing", async () => {
  const one = await liveStation();
  const other = env.STATIONS.getByName(one.ids.next("stn"));
  expect(
    (
      await other.fetch(
        new Request("http://x/commands", { headers: { authorization: `Bearer ${await one.client.token()}` } }),
      )
    ).status,
  ).toBe(401);
});

it("an unfit key in the configuration does not open the door", async () => {
  const station = await makeStation();
  await station.stub.configure({
    version: 2,
    keys: [{ keyId: "k1", x: "short", isRetired: false }],
    settings: station.settings,
  });
  expect((await station.client.request("commands")).status).toBe(401);
  await expect(importJWK(station.key.privateJwk, "EdDSA")).resolves.toBeDefined();
});
