// What everybody may read of stations: rows for maps, feeds and labels. No power bank's id leaves here.
import { and, asc, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import { type Database, runStatement } from "../db/client.ts";
import { stationProjections, stations, tariffs } from "../db/schema/stations.ts";
import type { Id } from "../lib/ids.ts";
import type { OpeningHours } from "./opening-hours.ts";

export interface LabelRow {
  code: string;
  name: string;
}

/** Labels of one station by its id, or of many by their codes, in no order. */
export const findLabels = (db: Database, which: { stationId: Id<"stn"> } | { codes: string[] }): Promise<LabelRow[]> =>
  runStatement(() =>
    db
      .select({ code: stations.code, name: stations.name })
      .from(stations)
      .where("codes" in which ? inArray(stations.code, which.codes) : eq(stations.id, which.stationId)),
  );

/** A station as maps show it. */
export interface PlaceRow {
  id: Id<"stn">;
  code: string;
  name: string;
  address: string;
  latitude: number;
  longitude: number;
  isInService: boolean;
  slotCount: number;
  openingHours: OpeningHours;
  tariffId: string;
  /** Null until the station was seen once. */
  freeBanks: number | null;
  freeSlots: number | null;
  isOnline: boolean | null;
  seenAt: string | null;
}

const place = {
  id: sql<Id<"stn">>`${stations.id}`,
  code: stations.code,
  name: stations.name,
  address: stations.address,
  latitude: stations.latitude,
  longitude: stations.longitude,
  isInService: stations.isInService,
  slotCount: stations.slotCount,
  openingHours: sql<OpeningHours>`${stations.openingHours}`,
  tariffId: stations.tariffId,
  freeBanks: stationProjections.freeBanks,
  freeSlots: stationProjections.freeSlots,
  isOnline: stationProjections.isOnline,
  seenAt: stationProjections.seenAt,
};

/** The stations in each of these cells, in the order of the cells, by one query; of a cell at most `limit`. */
export const findInCells = async (db: Database, cells: string[], limit: number): Promise<PlaceRow[][]> => {
  // Whatever begins with the cell's name sorts between it and the name with a tilde, which is after every letter.
  const inCell = sql`lateral (select s.id from ${stations} s where s.geohash >= c.cell and s.geohash < c.cell || '~'
    and s.retired_at is null order by s.geohash limit ${limit})`;
  const rows = await runStatement(() =>
    db
      .select({ cell: sql<number>`c.n`.mapWith(Number), ...place })
      .from(sql`unnest(${sql.param(cells)}::text[]) with ordinality as c(cell, n) cross join ${inCell} as f`)
      .innerJoin(stations, sql`${stations.id} = f.id`)
      .leftJoin(stationProjections, eq(stationProjections.stationId, stations.id)),
  );
  return cells.map((_, n) => rows.filter((row) => row.cell === n + 1).map(({ cell: _cell, ...row }) => row));
};

/** A page of all stations, by code. */
export const listPlaces = (db: Database, afterCode: string | null, limit: number): Promise<PlaceRow[]> =>
  runStatement(() =>
    db
      .select(place)
      .from(stations)
      .leftJoin(stationProjections, eq(stationProjections.stationId, stations.id))
      .where(and(isNull(stations.retiredAt), afterCode === null ? undefined : gt(stations.code, afterCode)))
      .orderBy(asc(stations.code))
      .limit(limit),
  );

export interface PlanRow {
  id: string;
  terms: unknown;
  vatRates: unknown;
}

/** The tariffs that a station has now. */
export const listPlans = (db: Database, limit: number): Promise<PlanRow[]> =>
  runStatement(() =>
    db
      .select({ id: tariffs.id, terms: tariffs.terms, vatRates: sql`vat_rates_json()` })
      .from(tariffs)
      .where(sql`exists (select from ${stations} s where s.tariff_id = ${tariffs.id} and s.retired_at is null)`)
      .orderBy(asc(tariffs.id))
      .limit(limit),
  );
