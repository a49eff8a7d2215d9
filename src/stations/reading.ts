// One station as staff look into it.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { DAY_MS } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import type { StationRecord } from "./record.ts";
import { countFailures, findStationRecord, type SlotFailures } from "./repository-staff.ts";

const LOOK_BACK_MS = 30 * DAY_MS;

export interface StationReading {
  station: StationRecord;
  failures: SlotFailures[];
}

/** Throws `station_unknown`. */
export const readStationForStaff = async (deps: Dependencies, stationId: Id<"stn">): Promise<StationReading> => {
  const [station, failures] = await Promise.all([
    findStationRecord(deps.db, stationId),
    countFailures(deps.db, stationId, deps.clock.now() - LOOK_BACK_MS),
  ]);
  if (!station) throw new AppError("station_unknown");
  return { station, failures };
};
