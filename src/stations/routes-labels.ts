import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { LABEL_CSP, labelSheets, labelSvg } from "./routes-label.ts";
import { LabelsQuery, StationIdParam } from "./schemas.ts";
import { readLabel, readLabels } from "./service.ts";

const tag = "fleet";

/** Mounted at /admin. */
export const stationLabels = new Hono<AppEnv>()
  .get(
    "/stations/:id/label.svg",
    operation({
      id: "drawLabel",
      summary: "The label of a station, to be printed in any size",
      tag,
      access: "staff",
      answers: { 200: { description: "An SVG of 95 by 138 mm", type: "image/svg+xml" } },
      problems: ["station_unknown", "invalid_request"],
    }),
    requireStaff("agent", "support", "admin"),
    validate("param", StationIdParam),
    async (c) => {
      const label = await readLabel(c.get("deps"), c.req.valid("param").id);
      return c.body(String(await labelSvg(label)), 200, {
        "Content-Type": "image/svg+xml; charset=utf-8",
        "Content-Disposition": `inline; filename="chajipoa-${label.code}.svg"`,
        "Content-Security-Policy": LABEL_CSP,
      });
    },
  )
  .get(
    "/labels.html",
    operation({
      id: "printLabels",
      summary: "Labels of many stations on sheets of A4",
      tag,
      access: "staff",
      answers: {
        200: { description: "A page with the size of its paper in it: print without margins", type: "text/html" },
      },
      problems: ["station_unknown", "invalid_request"],
    }),
    requireStaff("agent", "support", "admin"),
    validate("query", LabelsQuery),
    async (c) => {
      const { stations, perSheet } = c.req.valid("query");
      const page = labelSheets(await readLabels(c.get("deps"), stations), perSheet);
      return c.html(page, 200, { "Content-Security-Policy": LABEL_CSP });
    },
  );
