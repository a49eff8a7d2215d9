// What the public page of a station says: the page that a QR code opens in whatever phone.
import type { Dependencies } from "../deps.ts";
import { quoteProjection, type QuoteProjection } from "../pricing/projection.ts";
import { readNearby, type NearbyPlace } from "./nearby.ts";
import { readinessOf, type Readiness } from "./place.ts";
import { findStation, type StationRow } from "./repository.ts";

const ALTERNATIVES = 3;
const ALTERNATIVES_WITHIN_METERS = 3_000;

export interface StationPage {
  station: StationRow;
  readiness: Readiness;
  price: QuoteProjection;
  /** Where there is something to rent instead; empty when there is something here. */
  alternatives: NearbyPlace[];
  nowMs: number;
}

/** Null when no station has this number. One round trip; one more for other stations when nothing can be rented here. */
export const readStationPage = async (deps: Dependencies, code: string): Promise<StationPage | null> => {
  const station = await findStation(deps.db, code);
  if (!station) return null;
  const nowMs = deps.clock.now();
  const readiness = readinessOf(station, nowMs);
  return {
    station,
    readiness,
    price: quoteProjection(station.tariff, nowMs),
    alternatives: readiness === "ready" ? [] : await findAlternatives(deps, station, nowMs),
    nowMs,
  };
};

const findAlternatives = async (deps: Dependencies, station: StationRow, nowMs: number): Promise<NearbyPlace[]> => {
  const { latitude, longitude } = station;
  const { items } = await readNearby(deps, {
    latitude,
    longitude,
    radiusMeters: ALTERNATIVES_WITHIN_METERS,
    limit: 50,
    after: null,
  });
  return items.filter((one) => one.code !== station.code && readinessOf(one, nowMs) === "ready").slice(0, ALTERNATIVES);
};
