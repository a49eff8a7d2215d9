import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Id } from "../lib/ids.ts";
import { quoteProjection, type QuoteProjection } from "../pricing/projection.ts";
import type { StationProjection } from "./port.ts";
import { findStation, type StationRow, storeProjection } from "./repository.ts";

export { feeds, type Feed, type FeedName } from "./gbfs.ts";
export { pageAddress, readLabel, readLabels } from "./labels.ts";
export { readNearby } from "./nearby.ts";
export { pushConfig } from "./push-config.ts";
export { settleOrders } from "./orders.ts";
export { readStationPage } from "./page.ts";
export { proveScreenCode, type Presence } from "./presence.ts";
export type { StationRow } from "./repository.ts";
export * from "./vendors.ts";

/** Throws `station_unknown`. */
export const readStation = async (deps: Dependencies, code: string): Promise<StationRow> => {
  const station = await findStation(deps.db, code);
  if (!station) throw new AppError("station_unknown");
  return station;
};

/** The price and the worst case of a rental that starts now, before anything is paid. Throws `station_unknown`. */
export const readQuote = async (
  deps: Dependencies,
  code: string,
): Promise<{ station: StationRow; projection: QuoteProjection }> => {
  const station = await readStation(deps, code);
  return { station, projection: quoteProjection(station.tariff, deps.clock.now()) };
};

/** What the object says when nothing else carries it. */
export const recordProjection = (
  deps: Dependencies,
  stationId: Id<"stn">,
  projection: StationProjection,
): Promise<void> => storeProjection(deps.db, stationId, projection, deps.clock.now());

export const wakeStation = (deps: Dependencies, stationId: Id<"stn">): Promise<void> => deps.stations.wake(stationId);
