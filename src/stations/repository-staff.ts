// The SQL of what staff do with stations.
import { gt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { stations } from "../db/schema/stations.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import type { OpeningTime } from "./opening-hours.ts";
import { StationRecord } from "./record.ts";

/** What every function of staff is told. */
export interface StaffInput {
  staffId: Id<"usr">;
  nowMs: number;
  requestId: string;
}

export interface KeyUse {
  route: string;
  key: string;
  /** SHA-256 of the body, hex. */
  bodyHash: string;
}

export const withTime = <T extends { nowMs: number }>({ nowMs, ...input }: T) => ({ ...input, now: isoTime(nowMs) });

const Registered = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["registered", "replayed"]), station: StationRecord }),
  z.object({ status: z.enum(["station_code_taken", "tariff_unknown", "idempotency_mismatch", "forbidden"]) }),
]);

export interface RegisterInput extends StaffInput {
  stationId: Id<"stn">;
  code: string;
  name: string;
  address: string;
  latitude: number;
  longitude: number;
  tariffId: string;
  slotCount: number;
  openingHours: OpeningTime[] | null;
  maxTemperatureC?: number | undefined;
  heartbeatSeconds?: number | undefined;
  driver: string;
  vendorId: string | null;
  key: { keyId: string; x: string } | null;
  use: KeyUse;
}

export const registerStation = (db: Database, input: RegisterInput): Promise<z.infer<typeof Registered>> =>
  callFunction(db, "station_register", withTime(input), Registered);

const Changed = z.discriminatedUnion("status", [
  z.object({ status: z.literal("changed"), station: StationRecord }),
  z.object({
    status: z.enum(["station_unknown", "station_retired", "tariff_unknown", "slot_unknown", "forbidden"]),
  }),
]);

export interface StationChanges {
  name?: string | undefined;
  address?: string | undefined;
  latitude?: number | undefined;
  longitude?: number | undefined;
  tariffId?: string | undefined;
  /** Empty: always open. */
  openingHours?: OpeningTime[] | undefined;
  maxTemperatureC?: number | undefined;
  heartbeatSeconds?: number | undefined;
  acceptsStaticCode?: boolean | undefined;
  isInService?: boolean | undefined;
}

export const changeStation = (
  db: Database,
  input: StaffInput & { stationId: Id<"stn">; changes: StationChanges; reason: string },
): Promise<z.infer<typeof Changed>> => callFunction(db, "station_change", withTime(input), Changed);

export const changeSlot = (
  db: Database,
  input: StaffInput & {
    stationId: Id<"stn">;
    slot: number;
    state: "in_service" | "out_of_service";
    reason: string;
  },
): Promise<z.infer<typeof Changed>> => callFunction(db, "slot_change", withTime(input), Changed);

const KeyAdded = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["added", "replayed"]), station: StationRecord, keyId: z.string() }),
  z.object({
    status: z.enum(["station_unknown", "station_retired", "station_keys_full", "idempotency_mismatch", "forbidden"]),
  }),
]);

export const addStationKey = (
  db: Database,
  input: StaffInput & { stationId: Id<"stn">; key: { keyId: string; x: string }; reason: string; use: KeyUse },
): Promise<z.infer<typeof KeyAdded>> => callFunction(db, "station_key_add", withTime(input), KeyAdded);

const Retired = z.discriminatedUnion("status", [
  z.object({ status: z.literal("retired"), station: StationRecord }),
  z.object({ status: z.literal("station_not_empty"), banks: z.int(), rentals: z.int() }),
  z.object({ status: z.enum(["station_unknown", "station_key_unknown", "station_key_last", "forbidden"]) }),
]);

export const retireStationKey = (
  db: Database,
  input: StaffInput & { stationId: Id<"stn">; keyId: string; isLast: boolean; reason: string },
): Promise<z.infer<typeof Retired>> => callFunction(db, "station_key_retire", withTime(input), Retired);

export const retireStoredStation = (
  db: Database,
  input: StaffInput & { stationId: Id<"stn">; reason: string },
): Promise<z.infer<typeof Retired>> => callFunction(db, "station_retire", withTime(input), Retired);

export const station = sql`station_json(${stations})`.mapWith((value: unknown) => StationRecord.parse(value));

/** A page in the order of their making, after `afterId`. */
export const listStationRecords = async (
  db: Database,
  afterId: string | null,
  limit: number,
): Promise<StationRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ station })
      .from(stations)
      .where(afterId === null ? undefined : gt(stations.id, afterId))
      .orderBy(stations.id)
      .limit(limit),
  );
  return rows.map((row) => row.station);
};
