import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { limitHealth } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { HealthView, ReadinessView } from "./schemas.ts";
import { readReadiness } from "./service.ts";

const tag = "monitoring";

export const health = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "health",
      summary: "The Worker answers",
      tag,
      access: "public",
      answers: { 200: { description: "It does", schema: HealthView } },
    }),
    limitHealth,
    (c) => c.json({ status: "ok" as const }),
  )
  .get(
    "/ready",
    operation({
      id: "ready",
      summary: "Each dependency and its latency",
      tag,
      access: "public",
      answers: {
        200: { description: "Ready, or degraded", schema: ReadinessView },
        503: { description: "A part without which nothing works is away", schema: ReadinessView },
      },
    }),
    limitHealth,
    async (c) => {
      const readiness = await readReadiness(c.get("deps"));
      return c.json(readiness, readiness.status === "unavailable" ? 503 : 200);
    },
  );
