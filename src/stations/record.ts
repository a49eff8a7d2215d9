// The shapes in which the database answers about stations: station_json and staff_command_json of drizzle/functions.
import { z } from "zod";
import type { Id } from "../lib/ids.ts";
import { OpeningHours } from "./opening-hours.ts";

const id = <P extends "stn" | "cmd" | "trf">() => z.string().transform((text) => text as Id<P>);

export const StationRecord = z.object({
  id: id<"stn">(),
  code: z.string(),
  name: z.string(),
  address: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  tariff: z.object({ id: id<"trf">(), name: z.string(), version: z.int() }),
  slotCount: z.int(),
  isInService: z.boolean(),
  openingHours: OpeningHours,
  maxTemperatureC: z.int(),
  heartbeatSeconds: z.int(),
  acceptsStaticCode: z.boolean(),
  driver: z.string(),
  vendorId: z.string().nullable(),
  configVersion: z.int(),
  confirmedVersion: z.int(),
  createdAtMs: z.int(),
  retiredAtMs: z.int().nullable(),
  projection: z.object({ freeBanks: z.int(), freeSlots: z.int(), isOnline: z.boolean(), seenAtMs: z.int() }).nullable(),
  keys: z.array(z.object({ keyId: z.string(), publicX: z.string(), isRetired: z.boolean(), createdAtMs: z.int() })),
  /** Those that are not in service. */
  slots: z.array(
    z.object({
      slot: z.int(),
      state: z.enum(["locked", "out_of_service", "quarantined"]),
      reason: z.string(),
      changedBy: z.string(),
      changedAtMs: z.int(),
    }),
  ),
});
export type StationRecord = z.infer<typeof StationRecord>;

export const StaffCommandRecord = z.object({
  id: id<"cmd">(),
  stationId: id<"stn">(),
  kind: z.enum(["open", "lock", "unlock", "refresh", "reboot", "screen"]),
  slot: z.int().nullable(),
  powerBankId: z.string().nullable(),
  showUntilMs: z.int().nullable(),
  reason: z.string(),
  actor: z.string(),
  state: z.enum(["requested", "sent", "done", "failed", "unknown", "refused"]),
  result: z.string().nullable(),
  createdAtMs: z.int(),
  changedAtMs: z.int(),
});
export type StaffCommandRecord = z.infer<typeof StaffCommandRecord>;
