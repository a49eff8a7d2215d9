// Gives each request its id, trace and dependencies, and writes its one line. What never crosses
// into the line: a URL, a header, a body, an exception's message (a driver puts its parameters there, a parser its input).
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { createLog } from "../lib/log.ts";
import type { AppEnv, MakeDependencies } from "./app-env.ts";
import { createLimits } from "./rate-limit.ts";
import { joinTrace } from "./trace.ts";
import { createIds } from "../lib/ids.ts";
import { systemClock } from "../lib/clock.ts";

/** Reads the pattern of the route that answered, `unmatched` when only middleware saw the request. */
const routeOf = (c: Context<AppEnv>): string =>
  matchedRoutes(c).findLast((route) => route.method !== "ALL")?.path ?? "unmatched";

/** Names and places of an error and what caused it, without their messages. */
export const describeError = (error: unknown): Record<string, string | undefined> => {
  const causes: Error[] = [];
  for (let each = error; each instanceof Error && causes.length < 4; each = each.cause) causes.push(each);
  const root = causes.at(-1);
  if (!root) return {};
  const word = (name: "code" | "constraint") => {
    const value: unknown = name in root ? (root as unknown as Record<string, unknown>)[name] : undefined;
    return typeof value === "string" && /^[A-Za-z0-9_]{1,64}$/.test(value) ? value : undefined;
  };
  const frames = (root.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    error: causes.map((each) => each.name).join(" < "),
    errorCode: word("code"),
    errorConstraint: word("constraint"),
    errorAt:
      frames
        .slice(0, 3)
        .map((line) => line.trim().slice(3))
        .join(" | ") || undefined,
  };
};

export const requestContext = (makeDependencies: MakeDependencies): MiddlewareHandler<AppEnv> => {
  // One per app and so per isolate: what is counted while Redis is away has to outlive the request.
  const limits = createLimits();
  const fallbackLog = createLog((line) => console.log(line));
  return async (c, next) => {
    const requestId = createIds(systemClock).next("req");
    const trace = joinTrace(c.req.header("traceparent"));
    c.set("requestId", requestId);
    c.set("trace", trace);
    c.set("limits", limits);
    const deps = attempt(() => makeDependencies(c.env, c.executionCtx));
    if (deps.isDone) c.set("deps", deps.value);
    const { log, clock } = deps.isDone ? deps.value : { log: fallbackLog, clock: systemClock };
    const startedAtMs = clock.now();
    try {
      // Thrown inside, so that it is answered and logged like everything else.
      if (!deps.isDone) throw deps.error;
      await next();
    } catch (error) {
      c.error = error instanceof Error ? error : new Error("thrown");
      throw error;
    } finally {
      const status = c.finalized ? c.res.status : 500;
      const actor = c.get("actor");
      log.write(status >= 500 ? "error" : "info", "request", {
        requestId,
        traceId: trace.traceId,
        method: c.req.method,
        route: routeOf(c),
        status,
        code: c.get("problem"),
        durationMs: clock.now() - startedAtMs,
        actor: actor?.kind,
        userId: actor?.kind === "user" || actor?.kind === "staff" ? actor.userId : undefined,
        sessionId: actor?.kind === "user" || actor?.kind === "staff" ? actor.sessionId : undefined,
        stationId: actor?.kind === "station" ? actor.stationId : undefined,
        ...(status >= 500 ? describeError(c.error) : {}),
      });
    }
  };
};

const attempt = <T>(make: () => T): { isDone: true; value: T } | { isDone: false; error: unknown } => {
  try {
    return { isDone: true, value: make() };
  } catch (error) {
    return { isDone: false, error };
  }
};
