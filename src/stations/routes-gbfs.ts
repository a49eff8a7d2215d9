import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "../http/app-env.ts";
import { publicRead } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { feeds, type FeedName } from "./service.ts";

const FeedView = z
  .object({
    last_updated: z.iso.datetime(),
    ttl: z.int().meta({ description: "Seconds after which it is worth asking again" }),
    version: z.literal("3.0"),
    data: z.looseObject({}).meta({ description: "As GBFS 3.0 has it" }),
  })
  .meta({ id: "GbfsFeed" });

const summaries: Record<FeedName, [id: string, summary: string]> = {
  gbfs: ["gbfsIndex", "GBFS 3: which files there are"],
  gbfs_versions: ["gbfsVersions", "GBFS 3: which versions there are"],
  system_information: ["gbfsSystemInformation", "GBFS 3: who runs it"],
  vehicle_types: ["gbfsVehicleTypes", "GBFS 3: what can be rented"],
  station_information: ["gbfsStationInformation", "GBFS 3: where the stations are"],
  station_status: ["gbfsStationStatus", "GBFS 3: what is free at each station"],
  system_pricing_plans: ["gbfsPricingPlans", "GBFS 3: what it costs"],
};

/** Mounted at /gbfs/v3. Open to every map of the world, in a browser too. */
export const gbfs = new Hono<AppEnv>();
for (const name of Object.keys(feeds) as FeedName[]) {
  const [id, summary] = summaries[name];
  gbfs.get(
    `/${name}.json`,
    operation({
      id,
      summary,
      tag: "maps",
      access: "public",
      answers: { 200: { description: "The file", schema: FeedView } },
    }),
    publicRead,
    async (c) => {
      const feed = await feeds[name](c.get("deps"));
      return c.json(feed, 200, {
        "Cache-Control": `public, max-age=${Math.ceil(feed.ttl / 2)}`,
        "Access-Control-Allow-Origin": "*",
      });
    },
  );
}
