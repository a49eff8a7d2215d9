import { expect, it } from "vitest";
import { neon, redis } from "../support/control.ts";
import { startApp } from "../http/harness.ts";

const ready = async (app: ReturnType<typeof startApp>) => {
  const { status, body } = await app.call("GET", "/health/ready");
  const parts = body["parts"] as Record<string, { isUp: boolean; isRequired: boolean; latencyMs: number }>;
  return { status, word: body["status"], parts };
};

it("is alive without asking anybody", async () => {
  const app = startApp();
  let inRedis = 0;
  const seen = await neon.during(async () => {
    inRedis = (
      await redis.during(async () => expect((await app.call("GET", "/health")).body).toEqual({ status: "ok" }))
    ).requests;
  });
  expect([seen.requests, inRedis]).toEqual([0, 0]);
});

it("is ready when each part answers, and says how fast", async () => {
  const { status, word, parts } = await ready(startApp());
  expect([status, word]).toEqual([200, "ready"]);
  expect(Object.entries(parts).map(([name, part]) => [name, part.isUp, part.isRequired])).toEqual([
    ["postgres", true, true],
    ["redis", true, false],
    ["payments", true, false],
  ]);
  expect(Object.values(parts).every(({ latencyMs }) => latencyMs >= 0)).toBe(true);
});

it("is unavailable without Postgres", async () => {
  await neon.arm({ refuse: { mode: "close" } });
  const { status, word, parts } = await ready(startApp());
  await neon.clear();
  expect([status, word, parts["postgres"]!.isUp]).toEqual([503, "unavailable", false]);
});

it("is degraded without Redis or the payment provider", async () => {
  await redis.arm({ refuse: { mode: "error" } });
  const withoutRedis = await ready(startApp());
  await redis.clear();
  expect([withoutRedis.status, withoutRedis.word, withoutRedis.parts["redis"]!.isUp]).toEqual([200, "degraded", false]);
  const { deps } = startApp();
  const failing = { ...deps.payments, ping: () => Promise.reject(new Error("away")) };
  const withoutPayments = await ready(startApp({ deps: { payments: failing } }));
  expect([withoutPayments.word, withoutPayments.parts["payments"]!.isUp]).toEqual(["degraded", false]);
});

it("waits two seconds for a part that hangs and calls it away", async () => {
  await redis.arm({ latencyMs: 3_000 });
  const { word, parts } = await ready(startApp());
  await redis.clear();
  expect([word, parts["redis"]!.isUp, parts["postgres"]!.isUp]).toEqual(["degraded", false, true]);
});
