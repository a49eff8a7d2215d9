import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import { AppError } from "../errors.ts";
import { sha256Hex } from "../lib/crypto.ts";
import type { AppEnv } from "./app-env.ts";

/** What the function that does the work stores with its effect, scoped to the actor. */
export interface Idempotency {
  key: string;
  /** Method and pattern: the same key on another route is another request. */
  route: string;
  /** SHA-256 of the body as sent, hex. */
  bodyHash: string;
}

const KEY = /^[\x21-\x7e]{1,128}$/;

/** Requires an Idempotency-Key; `c.var.idempotency` has it. Throws `idempotency_key_required`, `invalid_request`. */
export const idempotent = createMiddleware<AppEnv & { Variables: { idempotency: Idempotency } }>(async (c, next) => {
  const key = c.req.header("Idempotency-Key");
  if (!key) throw new AppError("idempotency_key_required");
  if (!KEY.test(key))
    throw new AppError("invalid_request", { errors: [{ path: "Idempotency-Key", code: "invalid_format" }] });
  const bodyHash = await sha256Hex(new Uint8Array(await c.req.arrayBuffer()));
  c.set("idempotency", { key, route: `${c.req.method} ${routePath(c)}`, bodyHash });
  await next();
});
