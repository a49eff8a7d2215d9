// Headers that every answer carries, and the one place that lets other origins read answers: those the settings name.
import type { MiddlewareHandler } from "hono";
import type { Dependencies } from "../deps.ts";
import type { AppEnv } from "./app-env.ts";

const SECURITY: Record<string, string> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
  "Cross-Origin-Resource-Policy": "same-site",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
};
/** A page or a public feed sets its own; a JSON answer is neither a page nor to be kept. */
const UNLESS_SET: Record<string, string> = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
};
const ALLOWED_METHODS = "GET, POST, PUT, PATCH, DELETE";
const ALLOWED_HEADERS = "Accept-Language, Authorization, Content-Type, Idempotency-Key, traceparent";
const EXPOSED_HEADERS = "Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";
const PREFLIGHT_SECONDS = 600;

/** Answers a browser's question before a request of another origin; a stranger gets an answer that allows nothing. */
export const preflight: MiddlewareHandler<AppEnv> = async (c, next) => {
  const origin = c.req.header("Origin");
  if (c.req.method !== "OPTIONS" || origin === undefined || !c.req.header("Access-Control-Request-Method"))
    return next();
  if (c.get("deps").config.CORS_ORIGINS.includes(origin)) {
    c.header("Access-Control-Allow-Methods", ALLOWED_METHODS);
    c.header("Access-Control-Allow-Headers", ALLOWED_HEADERS);
    c.header("Access-Control-Max-Age", String(PREFLIGHT_SECONDS));
  }
  return c.body(null, 204);
};

/** Outermost, so that an answer to a broken request has them too. */
export const responseHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  // A WebSocket's answer has no body that a browser would read, and copying it would lose its socket.
  if (c.res.status === 101) return;
  // Typed as always there; not so when the settings could not be read.
  const deps = c.get("deps") as Dependencies | undefined;
  const origin = c.req.header("Origin");
  const added = new Headers(SECURITY);
  added.set("X-Request-Id", c.get("requestId"));
  added.set("traceparent", c.get("trace").traceparent);
  for (const [name, value] of Object.entries(UNLESS_SET)) if (!c.res.headers.has(name)) added.set(name, value);
  if (origin !== undefined && deps?.config.CORS_ORIGINS.includes(origin)) {
    added.set("Access-Control-Allow-Origin", origin);
    added.set("Access-Control-Expose-Headers", EXPOSED_HEADERS);
  }
  try {
    for (const [name, value] of added) c.res.headers.set(name, value);
  } catch {
    // An answer that came from fetch or an object has fixed headers.
    c.res = new Response(c.res.body, c.res);
    for (const [name, value] of added) c.res.headers.set(name, value);
  }
  c.res.headers.append("Vary", "Origin");
};
