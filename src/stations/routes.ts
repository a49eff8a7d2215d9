import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { publicRead } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { NearbyQuery, nearbyView, NearbyView } from "./schemas-nearby.ts";
import { QuoteQuery, quoteView, QuoteView, StationParam, stationView, StationView } from "./schemas.ts";
import { readNearby, readQuote, readStation } from "./service.ts";

const tag = "stations";
const problems = ["station_unknown", "invalid_request"] as const;

/** A map that moves asks again soon; the edge answers it. */
const NEARBY_CACHE = "public, max-age=10, stale-while-revalidate=20";

export const stations = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "listStationsNearby",
      summary: "Stations near a place, nearest first, with what is free",
      tag: "maps",
      access: "public",
      answers: { 200: { description: "A page", schema: NearbyView } },
      problems: ["invalid_request"],
    }),
    publicRead,
    validate("query", NearbyQuery),
    async (c) => {
      const deps = c.get("deps");
      const { near, radius, limit, cursor = null } = c.req.valid("query");
      const page = await readNearby(deps, { ...near, radiusMeters: radius, limit, after: cursor });
      return c.json(nearbyView(page, deps.clock.now()), 200, { "Cache-Control": NEARBY_CACHE });
    },
  )
  .get(
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
    async (c) =>
      c.json(stationView(await readStation(c.get("deps"), c.req.valid("param").code), c.get("deps").clock.now())),
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
