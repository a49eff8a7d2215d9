// Where power banks are missing and where they are in the way, and in which order somebody with a bag would go round. Pure.
import { distanceMeters, type Place } from "../lib/geohash.ts";

export interface Stocked extends Place {
  slotCount: number;
  freeBanks: number;
  freeSlots: number;
}

export interface Balance {
  /** At most a fifth of its slots, or one, hold a bank that can be rented. */
  isNearEmpty: boolean;
  /** At most a fifth of its slots, or one, can take a return. */
  isNearFull: boolean;
  /** Banks to bring; one slot always stays free for a renter. */
  bring: number;
  /** Banks to take; one always stays for a renter. */
  take: number;
}

const few = (slotCount: number): number => Math.max(1, Math.floor(slotCount / 5));

/** What would bring a station back to half its slots. */
export const balanceOf = ({ slotCount, freeBanks, freeSlots }: Omit<Stocked, keyof Place>): Balance => {
  const isNearEmpty = freeBanks <= few(slotCount);
  const isNearFull = freeSlots <= few(slotCount);
  const half = Math.floor(slotCount / 2);
  return {
    isNearEmpty,
    isNearFull,
    bring: isNearEmpty ? Math.max(0, Math.min(half - freeBanks, freeSlots - 1)) : 0,
    take: isNearFull ? Math.max(0, Math.min(half - freeSlots, freeBanks - 1)) : 0,
  };
};

export interface Stop<T> {
  station: T;
  action: "bring" | "take";
  banks: number;
  /** From the stop before, as the crow flies. */
  distanceMeters: number;
  /** In the bag when leaving. */
  load: number;
}

export interface Tour<T> {
  stops: Stop<T>[];
  distanceMeters: number;
  /** Still missing at stations when nothing is left to bring. */
  missing: number;
  /** Still in the bag at the end. */
  load: number;
}

type Need<T> = { station: T; action: "bring" | "take"; banks: number };

/** Always to the nearest stop where something can be done with what is in the bag; a station that got too little may be a stop again. Ties go by the order given. */
export const planTour = <T extends Stocked>(
  stations: readonly T[],
  { from, carry, load, most }: { from: Place; carry: number; load: number; most: number },
): Tour<T> => {
  const open: Need<T>[] = stations.flatMap((station): Need<T>[] => {
    const { bring, take } = balanceOf(station);
    if (bring > 0) return [{ station, action: "bring", banks: bring }];
    return take > 0 ? [{ station, action: "take", banks: take }] : [];
  });
  const stops: Stop<T>[] = [];
  let here: Place = from;
  let bag = Math.min(load, carry);
  while (stops.length < most) {
    const nearest = nearestOf(open, here, (need) => (need.action === "bring" ? bag > 0 : bag < carry));
    // Nobody needs what would only be carried around.
    if (!nearest || !open.some(({ action }) => action === "bring")) break;
    const { need, meters } = nearest;
    const banks = Math.min(need.banks, need.action === "bring" ? bag : carry - bag);
    bag += need.action === "bring" ? -banks : banks;
    stops.push({ station: need.station, action: need.action, banks, distanceMeters: meters, load: bag });
    here = need.station;
    need.banks -= banks;
    // What is still missing there waits for another tour.
    if (need.banks === 0 || need.action === "take") open.splice(open.indexOf(need), 1);
  }
  return {
    stops,
    distanceMeters: stops.reduce((sum, stop) => sum + stop.distanceMeters, 0),
    missing: open.reduce((sum, need) => sum + (need.action === "bring" ? need.banks : 0), 0),
    load: bag,
  };
};

const nearestOf = <T extends Stocked>(
  needs: readonly Need<T>[],
  here: Place,
  isPossible: (need: Need<T>) => boolean,
): { need: Need<T>; meters: number } | null => {
  let best: { need: Need<T>; meters: number } | null = null;
  for (const need of needs) {
    if (!isPossible(need)) continue;
    const meters = Math.round(distanceMeters(here, need.station));
    if (!best || meters < best.meters) best = { need, meters };
  }
  return best;
};
