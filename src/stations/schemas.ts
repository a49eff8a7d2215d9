import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import type { QuoteProjection } from "../pricing/projection.ts";
import { OpeningHours } from "./opening-hours.ts";
import type { StationRow } from "./repository.ts";

/** What a renter types, or reads out. */
export const StationCode = z
  .string()
  .regex(/^[0-9]{4,6}$/)
  .meta({ description: "The number on the station", example: "1042" });

/** Where a renter's start points to; `screenCode` is the proof that a station's screen showed. */
export interface StationPointer {
  stationCode: string;
  screenCode: string | null;
}

const ADDRESS = /^https?:\/\/[^/?#]+\/s\/([0-9]{4,6})(?:\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/;

/** What a camera reads is taken as it is: the address on a label or on a screen. So is a code that somebody typed. */
export const StationQr = z
  .string()
  .max(500)
  .transform((text, context): StationPointer => {
    if (StationCode.safeParse(text).success) return { stationCode: text, screenCode: null };
    const [, stationCode, query] = ADDRESS.exec(text) ?? [];
    if (stationCode) return { stationCode, screenCode: new URLSearchParams(query ?? "").get("c") };
    context.addIssue({ code: "custom" });
    return z.NEVER;
  })
  .meta({ description: "The address in a station's QR code, or its number", example: "https://chajipoa.test/s/1042" });

export const StationParam = z.strictObject({ code: StationCode });
export const QuoteQuery = z.strictObject({ station: StationCode });

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
