// Where power banks should go. Mounted at /admin/rebalancing.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { readRebalancing } from "./rebalancing.ts";
import { RebalancingQuery, RebalancingView, rebalancingView } from "./schemas-rebalancing.ts";

export const rebalancing = new Hono<AppEnv>().get(
  "/",
  operation({
    id: "readRebalancing",
    summary: "Stations around a place that are near empty or near full, and a way round them",
    tag: "fleet",
    access: "staff",
    answers: { 200: { description: "The stations and the tour", schema: RebalancingView } },
    problems: ["invalid_request"],
  }),
  requireStaff("agent", "support", "admin"),
  validate("query", RebalancingQuery),
  async (c) => {
    const { near, radius, load = 0, ...input } = c.req.valid("query");
    return c.json(
      rebalancingView(await readRebalancing(c.get("deps"), { ...near, ...input, load, radiusMeters: radius })),
    );
  },
);
