import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { MOST_RADIUS_METERS, type NearbyPlace } from "./nearby.ts";
import { OpeningHours } from "./opening-hours.ts";
import { readinesses, readinessOf } from "./place.ts";
import { seenAt, timeOrNull } from "./schemas.ts";

const NEAR = /^(-?\d{1,2}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)$/;
/** `latitude,longitude` in degrees. */
export const Near = z
  .string()
  .regex(NEAR)
  .transform((text, context) => {
    const [latitude = Number.NaN, longitude = Number.NaN] = text.split(",").map(Number);
    if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return { latitude, longitude };
    context.addIssue({ code: "custom" });
    return z.NEVER;
  })
  .meta({ description: "Latitude and longitude, degrees", example: "-6.8161,39.2803" });

export const NearbyQuery = z.strictObject({
  near: Near,
  radius: z.coerce.number().int().min(50).max(MOST_RADIUS_METERS).default(2_000).meta({ description: "Meters" }),
  limit: z.coerce.number().int().min(1).max(100).default(30),
  cursor: z
    .string()
    .regex(/^\d{1,5}\.\d{4,6}$/)
    .transform((text) => {
      const [distance = "", code = ""] = text.split(".");
      return { distanceMeters: Number(distance), code };
    })
    .optional(),
});

export const NearbyView = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        code: z.string(),
        name: z.string(),
        address: z.string(),
        latitude: z.number(),
        longitude: z.number(),
        distanceMeters: z.int(),
        readiness: z.enum(readinesses).meta({ description: "`ready`, or why nothing can be rented there now" }),
        openingHours: OpeningHours,
        freeBanks: z.int(),
        freeSlots: z.int(),
        seenAt,
        asOf: z.iso.datetime().meta({ description: "When the row was read; a minute ago at most" }),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: "StationsNearby" });

export const nearbyView = (
  { items, hasMore }: { items: NearbyPlace[]; hasMore: boolean },
  nowMs: number,
): z.infer<typeof NearbyView> => {
  const last = items.at(-1);
  return {
    items: items.map((one) => ({
      id: one.id,
      code: one.code,
      name: one.name,
      address: one.address,
      latitude: one.latitude,
      longitude: one.longitude,
      distanceMeters: one.distanceMeters,
      readiness: readinessOf(one, nowMs),
      openingHours: one.openingHours,
      freeBanks: one.freeBanks ?? 0,
      freeSlots: one.freeSlots ?? 0,
      seenAt: timeOrNull(one.seenAt),
      asOf: isoTime(one.asOfMs),
    })),
    nextCursor: hasMore && last ? `${last.distanceMeters}.${last.code}` : null,
  };
};
