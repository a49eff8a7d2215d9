// The SQL of one station as staff look into it.
import { and, eq, gt, isNotNull, sql } from "drizzle-orm";
import { type Database, runStatement } from "../db/client.ts";
import { ejectFailures } from "../db/schema/maintenance.ts";
import { powerBanks, stations } from "../db/schema/stations.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import type { FleetBank } from "./port.ts";
import type { StationRecord } from "./record.ts";
import { station } from "./repository-staff.ts";

export const findStationRecord = async (db: Database, stationId: Id<"stn">): Promise<StationRecord | null> => {
  const [row] = await runStatement(() => db.select({ station }).from(stations).where(eq(stations.id, stationId)));
  return row?.station ?? null;
};

export interface SlotFailures {
  slot: number;
  failures: number;
  lastAt: string;
}

/** Ejects that failed since, by slot; slots without one are missing. */
export const countFailures = (db: Database, stationId: Id<"stn">, sinceMs: number): Promise<SlotFailures[]> =>
  runStatement(() =>
    db
      .select({
        slot: ejectFailures.slot,
        failures: sql<number>`count(*)::int`.mapWith(Number),
        lastAt: sql<string>`max(${ejectFailures.at})`.mapWith(ejectFailures.at),
      })
      .from(ejectFailures)
      .where(and(eq(ejectFailures.stationId, stationId), gt(ejectFailures.at, isoTime(sinceMs))))
      .groupBy(ejectFailures.slot)
      .orderBy(ejectFailures.slot),
  );

export type BookedBank = FleetBank & { slot: number };

/** Banks that are here by the books. */
export const listBooked = async (db: Database, stationId: Id<"stn">): Promise<BookedBank[]> => {
  const rows = await runStatement(() =>
    db
      .select({ slot: powerBanks.slot, bank: sql<FleetBank>`bank_fleet_json(${powerBanks})` })
      .from(powerBanks)
      .where(and(eq(powerBanks.stationId, stationId), isNotNull(powerBanks.slot)))
      .limit(128),
  );
  return rows.map(({ slot, bank }) => ({ ...bank, slot: slot! }));
};
