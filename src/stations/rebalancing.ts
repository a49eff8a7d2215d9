// What somebody who moves power banks wants to know: which stations around are near empty or near full, and a way round them.
import type { Dependencies } from "../deps.ts";
import { cellsAround, distanceMeters, type Place } from "../lib/geohash.ts";
import { type Balance, balanceOf, planTour, type Tour } from "./balance.ts";
import { findInCells, type PlaceRow } from "./repository-public.ts";

export const MOST_AREA_METERS = 50_000;
const MOST_CELLS = 9;
const MOST_IN_CELL = 1_000;

export type StockedPlace = PlaceRow & {
  freeBanks: number;
  freeSlots: number;
  distanceMeters: number;
  balance: Balance;
};

export interface Rebalancing {
  /** Nearest first; one that is offline is named, and left out of the tour: nobody can open its slots from afar. */
  stations: StockedPlace[];
  tour: Tour<StockedPlace>;
}

export interface RebalancingInput extends Place {
  radiusMeters: number;
  /** What fits into the bag, and what is in it. */
  carry: number;
  load: number;
  /** Stations that are named, and stops of the tour, at most. */
  limit: number;
}

/** One round trip; by the projections, so that no object is asked. Stations out of service or never seen are left out. */
export const readRebalancing = async (
  deps: Dependencies,
  { radiusMeters, carry, load, limit, ...centre }: RebalancingInput,
): Promise<Rebalancing> => {
  const cells = await findInCells(deps.db, cellsAround(centre, radiusMeters, MOST_CELLS), MOST_IN_CELL);
  const stations = cells
    .flat()
    .flatMap((row): StockedPlace[] => {
      const { freeBanks, freeSlots, isInService, slotCount } = row;
      if (!isInService || freeBanks === null || freeSlots === null) return [];
      const meters = Math.round(distanceMeters(centre, row));
      if (meters > radiusMeters) return [];
      return [
        {
          ...row,
          freeBanks,
          freeSlots,
          distanceMeters: meters,
          balance: balanceOf({ slotCount, freeBanks, freeSlots }),
        },
      ];
    })
    .filter(({ balance }) => balance.isNearEmpty || balance.isNearFull)
    .toSorted((a, b) => a.distanceMeters - b.distanceMeters || (a.code < b.code ? -1 : 1))
    .slice(0, limit);
  const reachable = stations.filter(({ isOnline }) => isOnline === true);
  return { stations, tour: planTour(reachable, { from: centre, carry, load, most: limit }) };
};
