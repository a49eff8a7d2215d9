import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Id } from "../lib/ids.ts";
import { confirmConfig, findStationConfig } from "./repository.ts";

/** Hands keys and settings to the station's object and notes which version it holds. Repeated by cron until confirmed. */
export const pushConfig = async (deps: Dependencies, stationId: Id<"stn">): Promise<void> => {
  const config = await findStationConfig(deps.db, stationId);
  if (!config) throw new AppError("station_unknown");
  const { version, keys, ...settings } = config;
  const held = await deps.stations.configure(stationId, { version, keys, settings });
  await confirmConfig(deps.db, stationId, held.version);
};
