import { z } from "zod";
import { MOST_AREA_METERS, type Rebalancing } from "./rebalancing.ts";
import { Near } from "./schemas-nearby.ts";
import { timeOrNull } from "./schemas.ts";

export const RebalancingQuery = z.strictObject({
  near: Near,
  radius: z.coerce.number().int().min(100).max(MOST_AREA_METERS).default(10_000).meta({ description: "Meters" }),
  carry: z.coerce.number().int().min(1).max(200).default(20).meta({ description: "What fits into the bag" }),
  load: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: "What is in the bag now; missing: nothing" }),
  limit: z.coerce.number().int().min(1).max(100).default(50).meta({ description: "Stations, and stops, at most" }),
});

const station = z.object({
  stationId: z.string(),
  code: z.string(),
  name: z.string(),
  address: z.string(),
  latitude: z.number(),
  longitude: z.number(),
});

export const RebalancingView = z
  .object({
    stations: z
      .array(
        z.object({
          ...station.shape,
          distanceMeters: z.int(),
          slotCount: z.int(),
          freeBanks: z.int(),
          freeSlots: z.int(),
          isOnline: z.boolean(),
          seenAt: z.iso.datetime().nullable(),
          isNearEmpty: z.boolean().meta({ description: "At most a fifth of its slots, or one, hold a bank to rent" }),
          isNearFull: z.boolean().meta({ description: "At most a fifth of its slots, or one, can take a return" }),
          bring: z.int().meta({ description: "Banks that would bring it to half; one slot stays free" }),
          take: z.int().meta({ description: "Banks to take, until half its slots are free; one bank stays" }),
        }),
      )
      .meta({ description: "Near empty or near full, nearest first" }),
    tour: z
      .object({
        stops: z.array(
          z.object({
            ...station.shape,
            action: z.enum(["bring", "take"]),
            banks: z.int(),
            distanceMeters: z.int().meta({ description: "From the stop before, as the crow flies" }),
            load: z.int().meta({ description: "In the bag when leaving" }),
          }),
        ),
        distanceMeters: z.int(),
        missing: z.int().meta({ description: "Still missing at stations when it ends" }),
        load: z.int().meta({ description: "Left in the bag" }),
      })
      .meta({
        description: "A suggestion: always to the nearest stop where something can be done; offline ones are left out",
      }),
  })
  .meta({ id: "Rebalancing" });

const placeOf = (row: Rebalancing["stations"][number]): z.infer<typeof station> => ({
  stationId: row.id,
  code: row.code,
  name: row.name,
  address: row.address,
  latitude: row.latitude,
  longitude: row.longitude,
});

export const rebalancingView = ({ stations, tour }: Rebalancing): z.infer<typeof RebalancingView> => ({
  stations: stations.map((row) => ({
    ...placeOf(row),
    distanceMeters: row.distanceMeters,
    slotCount: row.slotCount,
    freeBanks: row.freeBanks,
    freeSlots: row.freeSlots,
    isOnline: row.isOnline === true,
    seenAt: timeOrNull(row.seenAt),
    ...row.balance,
  })),
  tour: {
    ...tour,
    stops: tour.stops.map(({ station: row, ...stop }) => ({ ...placeOf(row), ...stop })),
  },
});
