import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import { worstCase, type QuoteProjection } from "../pricing/projection.ts";
import { OpeningHours } from "./opening-hours.ts";
import { readinesses, readinessOf } from "./place.ts";
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

export const StationIdParam = z.strictObject({
  id: z
    .string()
    .regex(idPattern("stn"))
    .transform((text) => text as Id<"stn">),
});
export const LabelsQuery = z.strictObject({
  stations: z
    .string()
    .regex(/^[0-9]{4,6}(,[0-9]{4,6}){0,99}$/)
    .transform((text) => text.split(","))
    .meta({ description: "Their numbers, up to 100; one that is named twice is printed twice", example: "1001,1002" }),
  perSheet: z
    .string()
    .regex(/^[14]$/)
    .default("4")
    .transform((text): 1 | 4 => (text === "1" ? 1 : 4))
    .meta({ description: "1: as large as the paper" }),
});

export const seenAt = z.iso
  .datetime()
  .nullable()
  .meta({ description: "The station's last word: how fresh the counts are" });

export const timeOrNull = (text: string | null): string | null => (text === null ? null : isoTime(Date.parse(text)));

/** What a renter may know of the terms. */
const TariffView = z
  .object({
    currency: z.literal("TZS"),
    depositTzs: z.int(),
    baseFeeTzs: z.int().meta({ description: "Covers the first `includedMinutes`" }),
    includedMinutes: z.int(),
    freeReturnMinutes: z.int(),
    freeReturnsPerDay: z.int(),
    extensionMinutes: z.int(),
    extensionFeeTzs: z.int(),
    maxExtensions: z.int(),
    graceMinutes: z.int(),
    lateFeeTzs: z.int().meta({ description: "For each started hour after the grace" }),
    capPer24hTzs: z.int(),
    capTotalTzs: z.int(),
    lostAfterHours: z.int(),
    replacementTzs: z.int(),
    worstCaseTzs: z.int().meta({ description: "No rental under this tariff costs more" }),
  })
  .meta({ id: "Tariff", description: "Every price includes VAT" });

const tariffView = (tariff: StationRow["tariff"]): z.infer<typeof TariffView> => {
  const { vatRates: _rates, minChargePercent: _charge, foundWithinDays: _found, ...terms } = tariff;
  const { earlyReportReplacementTzs: _early, earlyReportWithinHours: _within, ...shown } = terms;
  return { currency: "TZS", ...shown, worstCaseTzs: worstCase(tariff) };
};

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
    readiness: z.enum(readinesses).meta({ description: "`ready`, or why nothing can be rented here now" }),
    acceptsStaticCode: z.boolean().meta({ description: "False: a start needs the code on the station's screen" }),
    slotCount: z.int(),
    freeBanks: z.int(),
    freeSlots: z.int(),
    seenAt,
    tariff: TariffView,
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

export const stationView = (station: StationRow, nowMs: number): z.infer<typeof StationView> => ({
  id: station.id,
  code: station.code,
  name: station.name,
  address: station.address,
  latitude: station.latitude,
  longitude: station.longitude,
  isInService: station.isInService,
  openingHours: station.openingHours,
  isOnline: station.isOnline ?? false,
  readiness: readinessOf(station, nowMs),
  acceptsStaticCode: station.acceptsStaticCode,
  slotCount: station.slotCount,
  freeBanks: station.freeBanks ?? 0,
  freeSlots: station.freeSlots ?? 0,
  seenAt: timeOrNull(station.seenAt),
  tariff: tariffView(station.tariff),
});

export const quoteView = (stationCode: string, projection: QuoteProjection): z.infer<typeof QuoteView> => ({
  stationCode,
  currency: "TZS",
  ...projection,
});
