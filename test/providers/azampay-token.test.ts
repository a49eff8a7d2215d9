import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { createApp, createRedis, payment } from "./azampay-app.ts";

test("twenty checkouts at once ask for one token", async () => {
  const app = await createApp();
  const results = await Promise.all(Array.from({ length: 20 }, () => app.client.checkout(payment())));
  expect(results.every((result) => result.status === "accepted")).toBe(true);
  expect(await app.counters()).toEqual({ token: 1, checkout: 20 });
});

test("another isolate finds the token in Redis, sealed", async () => {
  const app = await createApp();
  await app.client.checkout(payment());
  expect(await app.createClient().checkout(payment())).toMatchObject({ status: "accepted" });
  expect(await app.counters()).toEqual({ token: 1, checkout: 2 });
  const redis = createRedis();
  const keys = await redis.keys("azampay:token:*");
  const stored = await Promise.all(keys.map((key) => redis.get<string>(key)));
  expect(stored.length).toBeGreaterThan(0);
  for (const value of stored) expect(value).toMatch(/^t1\.[\w-]+\.[\w-]+$/);
});

test("other credentials do not find the token of these", async () => {
  const app = await createApp();
  await app.client.checkout(payment());
  const changed = app.createClient({ AZAMPAY_CLIENT_SECRET: "changed" });
  expect(await changed.checkout(payment())).toEqual({ status: "refused", reason: "credentials" });
});

test("a token is used until a minute before its end", async () => {
  const app = await createApp({ tokenTtlSeconds: 3_600 });
  await app.client.checkout(payment());
  app.clock.advance(HOUR_MS - MINUTE_MS - 1_000);
  await app.client.checkout(payment());
  expect(await app.counters()).toMatchObject({ token: 1 });
  // The token was given a moment after the test's clock began.
  app.clock.advance(30_000);
  await app.client.checkout(payment());
  expect(await app.counters()).toEqual({ token: 2, checkout: 3 });
});

test.each([
  ["no_zone", HOUR_MS - 2 * MINUTE_MS],
  ["expireAt", HOUR_MS - 2 * MINUTE_MS],
  ["absent", 8 * MINUTE_MS],
])("an end written as %s is understood", async (expireForm, usedForMs) => {
  const app = await createApp({ expireForm, tokenTtlSeconds: 3_600 });
  await app.client.checkout(payment());
  app.clock.advance(usedForMs);
  await app.client.checkout(payment());
  expect(await app.counters()).toMatchObject({ token: 1 });
  app.clock.advance(2 * MINUTE_MS);
  await app.client.checkout(payment());
  expect(await app.counters()).toMatchObject({ token: 2 });
});

test("a token that ended on the way is replaced once and the same body is sent again", async () => {
  const app = await createApp();
  await app.client.checkout(payment());
  await app.control("DELETE", "/tokens");
  const input = payment();
  expect(await app.client.checkout(input)).toMatchObject({ status: "accepted" });
  expect(await app.counters()).toEqual({ token: 2, checkout: 3 });
  expect(app.sent[1]).toBe(app.sent[2]);
  expect(await app.control("GET", `/transactions?externalId=${input.externalId}`)).toHaveLength(1);
});

test("twenty checkouts with an ended token replace it once", async () => {
  const app = await createApp();
  await app.client.checkout(payment());
  await app.control("DELETE", "/tokens");
  const results = await Promise.all(Array.from({ length: 20 }, () => app.client.checkout(payment())));
  expect(results.every((result) => result.status === "accepted")).toBe(true);
  expect(await app.counters()).toMatchObject({ token: 2 });
});

test("a token in Redis that ended is replaced and the replacement is shared", async () => {
  const app = await createApp();
  await app.client.checkout(payment());
  await app.control("DELETE", "/tokens");
  await app.createClient().checkout(payment());
  await app.createClient().checkout(payment());
  expect(await app.counters()).toEqual({ token: 2, checkout: 4 });
});

test("a second 401 is a refusal for credentials, reported once", async () => {
  const app = await createApp();
  await app.arm({ answer: "unauthorized", times: 2 });
  expect(await app.client.checkout(payment())).toEqual({ status: "refused", reason: "credentials" });
  expect(await app.counters()).toEqual({ token: 2, checkout: 2 });
  expect(app.lines.map((line) => (JSON.parse(line) as { alert: string }).alert)).toEqual(["azampay_credentials"]);
});

test.each([
  ["refused", "credentials"],
  ["invalid", "credentials"],
  ["unauthorized", "credentials"],
  ["error", "token_unavailable"],
  ["bad_gateway", "token_unavailable"],
  ["empty", "token_unavailable"],
  ["html", "token_unavailable"],
  ["broken_json", "token_unavailable"],
  ["hang", "token_unavailable"],
])("%s for the token means that nothing was sent: %s", async (answer, reason) => {
  const app = await createApp({}, {}, { lookupTimeoutMs: 200 });
  await app.arm({ on: "token", answer });
  expect(await app.client.checkout(payment())).toEqual({ status: "refused", reason });
  expect(await app.counters()).toEqual({ token: 1 });
  expect(await app.client.checkout(payment())).toMatchObject({ status: "accepted" });
});

test("a token that cannot be replaced after a 401 means that nothing was accepted", async () => {
  const app = await createApp();
  await app.client.checkout(payment());
  await app.control("DELETE", "/tokens");
  await app.arm({ on: "token", answer: "bad_gateway" });
  expect(await app.client.checkout(payment())).toEqual({ status: "refused", reason: "token_unavailable" });
});

test("without Redis each isolate has its own token and payments go on", async () => {
  const app = await createApp({}, {}, { redis: createRedis({ url: "http://127.0.0.1:9" }) });
  expect(await app.client.checkout(payment())).toMatchObject({ status: "accepted" });
  expect(await app.client.checkout(payment())).toMatchObject({ status: "accepted" });
  expect(await app.counters()).toEqual({ token: 1, checkout: 2 });
  expect(await app.createClient().checkout(payment())).toMatchObject({ status: "accepted" });
  expect(await app.counters()).toEqual({ token: 2, checkout: 3 });
});

test("a value in Redis that does not open is replaced", async () => {
  const app = await createApp();
  const redis = createRedis();
  const before = new Set(await redis.keys("azampay:token:*"));
  await app.client.checkout(payment());
  const added = (await redis.keys("azampay:token:*")).filter((key) => !before.has(key));
  expect(added).toHaveLength(1);
  await redis.set(added[0]!, "t1.AAAA.AAAA");
  expect(await app.createClient().checkout(payment())).toMatchObject({ status: "accepted" });
  expect(await app.counters()).toEqual({ token: 2, checkout: 2 });
});
