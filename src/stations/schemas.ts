import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import type { QuoteProjection } from "../pricing/projection.ts";
import { OpeningHours } from "./opening-hours.ts";
import type { StationRow } from "./repository.ts";

export const StationParam = z.strictObject({ code: z.string().regex(/^[0-9]{4,6}$/) });
export const QuoteQuery = z.strictObject({ station: z.string().regex(/^[0-9]{4,6}$/) });

export const StationView = z
  .object({
    id: z.string(),
    code: z.string(),
    name: z.string(),
    address: z.string(),
    latitude: z.number(),
    longitude: z.number(),
    isInService: z.boolean(),
    openingHours: OpeningHours,
    isOnline: z.boolean(),
    freeBanks: z.int(),
    freeSlots: z.int(),
    seenAt: z.iso.datetime().nullable().meta({ description: "How fresh the counts are: the station's last word" }),
  })
  .meta({ id: "Station" });

export const QuoteView = z
  .object({
    stationCode: z.string(),
    currency: z.literal("TZS"),
    depositTzs: z.int(),
    includedMinutes: z.int(),
    steps: z.array(z.object({ afterMinutes: z.number(), totalTzs: z.int() })),
    vatTzs: z.int(),
    worstCaseTzs: z.int().meta({ description: "No rental under this tariff costs more" }),
  })
  .meta({ id: "Quote" });

export const stationView = (station: StationRow): z.infer<typeof StationView> => ({
  id: station.id,
  code: station.code,
  name: station.name,
  address: station.address,
  latitude: station.latitude,
  longitude: station.longitude,
  isInService: station.isInService,
  openingHours: station.openingHours,
  isOnline: station.isOnline ?? false,
  freeBanks: station.freeBanks ?? 0,
  freeSlots: station.freeSlots ?? 0,
  seenAt: station.seenAt === null ? null : isoTime(Date.parse(station.seenAt)),
});

export const quoteView = (stationCode: string, projection: QuoteProjection): z.infer<typeof QuoteView> => ({
  stationCode,
  currency: "TZS",
  ...projection,
});
