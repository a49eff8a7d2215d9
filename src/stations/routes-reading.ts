// One station as staff look into it. Mounted at /admin/stations.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { readStationForStaff } from "./reading.ts";
import { StationIdParam } from "./schemas-admin.ts";
import { StationReadingView, stationReadingView } from "./schemas-reading.ts";

export const stationReadings = new Hono<AppEnv>().get(
  "/:id",
  operation({
    id: "readStationAsStaff",
    summary: "One station: settings, keys, what is out of service and what failed",
    tag: "fleet",
    access: "staff",
    answers: { 200: { description: "The station", schema: StationReadingView } },
    problems: ["station_unknown", "invalid_request"],
  }),
  requireStaff("agent", "support", "finance", "admin"),
  validate("param", StationIdParam),
  async (c) => c.json(stationReadingView(await readStationForStaff(c.get("deps"), c.req.valid("param").id))),
);
