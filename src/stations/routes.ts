import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { publicRead } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { QuoteQuery, quoteView, QuoteView, StationParam, stationView, StationView } from "./schemas.ts";
import { readQuote, readStation } from "./service.ts";

const tag = "stations";
const problems = ["station_unknown", "invalid_request"] as const;

export const stations = new Hono<AppEnv>().get(
  "/:code",
  operation({
    id: "readStation",
    summary: "A station, with what is free",
    tag,
    access: "public",
    answers: { 200: { description: "The station", schema: StationView } },
    problems: [...problems],
  }),
  publicRead,
  validate("param", StationParam),
  async (c) => c.json(stationView(await readStation(c.get("deps"), c.req.valid("param").code))),
);

export const quotes = new Hono<AppEnv>().get(
  "/",
  operation({
    id: "readQuote",
    summary: "The price and the worst case, before anything is paid",
    tag,
    access: "public",
    answers: { 200: { description: "The price", schema: QuoteView } },
    problems: [...problems],
  }),
  publicRead,
  validate("query", QuoteQuery),
  async (c) => {
    const { station, projection } = await readQuote(c.get("deps"), c.req.valid("query").station);
    return c.json(quoteView(station.code, projection));
  },
);
