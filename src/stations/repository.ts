import { and, eq, inArray, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { stationSlots } from "../db/schema/maintenance.ts";
import { powerBanks, stationKeys, stationProjections, stations, tariffs } from "../db/schema/stations.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { Tariff } from "../pricing/tariff.ts";
import type { OpeningHours } from "./opening-hours.ts";
import type { VendorName } from "../providers/ports.ts";
import type { FleetBank, StationDriverName, StationKey, StationProjection } from "./port.ts";

export interface StationRow {
  id: Id<"stn">;
  code: string;
  name: string;
  address: string;
  latitude: number;
  longitude: number;
  isInService: boolean;
  slotCount: number;
  acceptsStaticCode: boolean;
  openingHours: OpeningHours;
  /** Null until the station was seen once. */
  freeBanks: number | null;
  freeSlots: number | null;
  isOnline: boolean | null;
  seenAt: string | null;
  tariff: Tariff;
}

/** Null when no station has this code. */
export const findStation = async (db: Database, code: string): Promise<StationRow | null> => {
  const [row] = await runStatement(() =>
    db
      .select({
        id: sql<Id<"stn">>`${stations.id}`,
        code: stations.code,
        name: stations.name,
        address: stations.address,
        latitude: stations.latitude,
        longitude: stations.longitude,
        isInService: stations.isInService,
        slotCount: stations.slotCount,
        acceptsStaticCode: stations.acceptsStaticCode,
        openingHours: sql<OpeningHours>`${stations.openingHours}`,
        freeBanks: stationProjections.freeBanks,
        freeSlots: stationProjections.freeSlots,
        isOnline: stationProjections.isOnline,
        seenAt: stationProjections.seenAt,
        terms: tariffs.terms,
        vatRates: sql`vat_rates_json()`,
      })
      .from(stations)
      .innerJoin(tariffs, eq(tariffs.id, stations.tariffId))
      .leftJoin(stationProjections, eq(stationProjections.stationId, stations.id))
      .where(eq(stations.code, code)),
  );
  if (!row) return null;
  const { terms, vatRates, ...station } = row;
  return { ...station, tariff: Tariff.parse({ ...(terms as object), vatRates }) };
};

export interface StationIdentity {
  id: Id<"stn">;
  /** Those that are not retired. */
  keys: { keyId: string; x: string }[];
}

/** Who may speak for these stations, in the order of their codes; null for an unknown one. */
export const findIdentities = async (db: Database, codes: string[]): Promise<(StationIdentity | null)[]> => {
  const rows = await runStatement(() =>
    db
      .select({
        id: sql<Id<"stn">>`${stations.id}`,
        code: stations.code,
        keys: sql<
          StationIdentity["keys"]
        >`(select coalesce(jsonb_agg(jsonb_build_object('keyId', k.key_id, 'x', k.public_x)), '[]')
          from ${stationKeys} k where k.station_id = ${stations.id} and not k.is_retired)`,
      })
      .from(stations)
      .where(inArray(stations.code, codes)),
  );
  return codes.map((code) => {
    const row = rows.find((one) => one.code === code);
    return row ? { id: row.id, keys: row.keys } : null;
  });
};

export interface StationConfigRow {
  version: number;
  slotCount: number;
  isInService: boolean;
  maxTemperatureC: number;
  heartbeatSeconds: number;
  lockedSlots: number[];
  minChargePercent: number;
  driver: StationDriverName;
  vendorId: string | null;
  keys: StationKey[];
  banks: FleetBank[];
  released: { slot: number; version: number }[];
}

/** Keys and settings as the object is to hold them; null for an unknown station. */
export const findStationConfig = async (db: Database, stationId: Id<"stn">): Promise<StationConfigRow | null> => {
  const keys = sql<
    StationKey[]
  >`(select coalesce(jsonb_agg(jsonb_build_object('keyId', k.key_id, 'x', k.public_x, 'isRetired', k.is_retired)
    order by k.created_at, k.key_id), '[]') from ${stationKeys} k where k.station_id = ${stations.id})`;
  const banks = sql<
    FleetBank[]
  >`(select coalesce(jsonb_agg(bank_fleet_json(b) order by b.id), '[]') from ${powerBanks} b where b.station_id = ${stations.id})`;
  const released = sql<
    StationConfigRow["released"]
  >`(select coalesce(jsonb_agg(jsonb_build_object('slot', l.slot, 'version', l.released_version) order by l.slot), '[]')
    from ${stationSlots} l where l.station_id = ${stations.id} and l.released_version > 0)`;
  const [row] = await runStatement(() =>
    db
      .select({
        version: stations.configVersion,
        slotCount: stations.slotCount,
        isInService: stations.isInService,
        maxTemperatureC: stations.maxTemperatureC,
        heartbeatSeconds: stations.heartbeatSeconds,
        lockedSlots: stations.lockedSlots,
        driver: stations.driver,
        vendorId: stations.vendorId,
        minChargePercent: sql<number>`(${tariffs.terms} ->> 'minChargePercent')::int`.mapWith(Number),
        keys,
        banks,
        released,
      })
      .from(stations)
      .innerJoin(tariffs, eq(tariffs.id, stations.tariffId))
      .where(eq(stations.id, stationId)),
  );
  return row ?? null;
};

const Stored = z.object({ status: z.literal("stored") });

export const storeProjection = async (
  db: Database,
  stationId: Id<"stn">,
  projection: StationProjection,
  nowMs: number,
): Promise<void> => {
  await callFunction(db, "station_seen", { stationId, projection, now: isoTime(nowMs) }, Stored);
};

export const confirmConfig = async (db: Database, stationId: Id<"stn">, version: number): Promise<void> => {
  await callFunction(db, "station_confirm", { stationId, version }, Stored);
};

/** Null when no station of this driver has this cabinet. */
export const findStationOfVendor = async (
  db: Database,
  driver: VendorName,
  vendorId: string,
): Promise<Id<"stn"> | null> => {
  const [row] = await runStatement(() =>
    db
      .select({ id: sql<Id<"stn">>`${stations.id}` })
      .from(stations)
      .where(and(eq(stations.driver, driver), eq(stations.vendorId, vendorId))),
  );
  return row?.id ?? null;
};
