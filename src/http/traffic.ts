// Doors that never refuse for the amount: a provider's callback, a gateway's post and a station's frames are facts, and whoever sends them would
// only send them again. Above a ceiling that no honest sender reaches, somebody is told. No word to Redis.
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./app-env.ts";
import { policyOf } from "./rate-limit.ts";

/** `door` is a stable word for the log. */
export const watched = (door: string) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const deps = c.get("deps");
    const policy = policyOf("unlimited", deps);
    const { isFirstOver, limit } = c.get("limits").countHere(deps, policy, door);
    if (isFirstOver) {
      const { quota, windowSeconds } = limit;
      deps.log.write("warn", "alert", { alert: "traffic_above_ceiling", door, ceiling: quota, windowSeconds });
    }
    await next();
  });
