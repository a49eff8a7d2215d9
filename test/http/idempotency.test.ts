import { Hono } from "hono";
import { expect, it } from "vitest";
import { z } from "zod";
import type { AppEnv } from "../../src/http/app-env.ts";
import { idempotent, type Idempotency } from "../../src/http/idempotency.ts";
import { onError } from "../../src/http/problem.ts";
import { validate } from "../../src/http/validate.ts";

const orders = new Hono<AppEnv>().post("/:id/pay", idempotent, validate("json", z.strictObject({ a: z.int() })), (c) =>
  c.json({ ...c.get("idempotency"), body: c.req.valid("json") }),
);
const app = new Hono<AppEnv>().route("/orders", orders);
app.onError(onError);

const post = async (key: string | null, body: string, path = "/orders/7/pay") => {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (key !== null) headers["Idempotency-Key"] = key;
  const response = await app.request(path, { method: "POST", headers, body });
  return response.json<Idempotency & { code?: string; body?: unknown }>();
};

it("hands on the key, the route's pattern and the hash of the body as sent", async () => {
  const one = await post("k1", '{"a":1}');
  expect(one).toMatchObject({ key: "k1", route: "POST /orders/:id/pay", body: { a: 1 } });
  expect((await post("k1", '{"a":1}', "/orders/8/pay")).bodyHash).toBe(one.bodyHash);
  expect((await post("k1", '{"a":2}')).bodyHash).not.toBe(one.bodyHash);
});

it("requires a key that can be stored", async () => {
  expect((await post(null, "{}")).code).toBe("idempotency_key_required");
  expect((await post("", "{}")).code).toBe("idempotency_key_required");
  for (const key of ["a b", "x".repeat(129), "a\tb"]) expect((await post(key, '{"a":1}')).code).toBe("invalid_request");
  expect((await post("x".repeat(128), '{"a":1}')).key).toBe("x".repeat(128));
});
