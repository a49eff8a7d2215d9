// Stations near a place, from tiles: cells of a geohash that the edge keeps for a few seconds, so that a map that everybody
// looks at asks the database once per cell and not once per look. No object is asked; each row says how fresh it is.
import type { Dependencies } from "../deps.ts";
import { cellsAround, distanceMeters, type Place } from "../lib/geohash.ts";
import { recall, type Life } from "../lib/recall.ts";
import { findInCells, type PlaceRow } from "./repository-public.ts";

export const MOST_RADIUS_METERS = 10_000;
/** So many tiles cover any circle of that size in the tropics. */
const MOST_TILES = 6;
/** A tile that holds this many is cut off, which is shown to whoever runs the platform. */
const MOST_IN_TILE = 2_000;
export const TILE: Life = { freshSeconds: 20, staleSeconds: 60 };

export interface NearbyPlace extends PlaceRow {
  distanceMeters: number;
  /** When the database was asked, ms. */
  asOfMs: number;
}

export interface NearbyInput extends Place {
  radiusMeters: number;
  limit: number;
  /** The last of the page before: its distance and code. */
  after: { distanceMeters: number; code: string } | null;
}

const isAfter = (one: NearbyPlace, { distanceMeters: distance, code }: NonNullable<NearbyInput["after"]>): boolean =>
  one.distanceMeters > distance || (one.distanceMeters === distance && one.code > code);

/** Nearest first, by keyset. One round trip when a tile is not at the edge, for all that are missing; none otherwise. */
export const readNearby = async (
  deps: Dependencies,
  { radiusMeters, limit, after, ...centre }: NearbyInput,
): Promise<{ items: NearbyPlace[]; hasMore: boolean }> => {
  const cells = cellsAround(centre, radiusMeters, MOST_TILES);
  const tiles = await recall(
    deps,
    cells.map((cell) => `tile/1/${cell}`),
    TILE,
    (keys) =>
      loadTiles(
        deps,
        keys.map((key) => key.slice("tile/1/".length)),
      ),
  );
  const places = tiles
    .flatMap(({ value, storedAtMs }) =>
      value.map((row) => ({ ...row, distanceMeters: Math.round(distanceMeters(centre, row)), asOfMs: storedAtMs })),
    )
    .filter((one) => one.distanceMeters <= radiusMeters && (after === null || isAfter(one, after)))
    .toSorted((a, b) => a.distanceMeters - b.distanceMeters || (a.code < b.code ? -1 : 1));
  return { items: places.slice(0, limit), hasMore: places.length > limit };
};

const loadTiles = async (deps: Dependencies, cells: string[]): Promise<PlaceRow[][]> => {
  const tiles = await findInCells(deps.db, cells, MOST_IN_TILE);
  const full = tiles.filter((rows) => rows.length === MOST_IN_TILE).length;
  if (full > 0) deps.log.write("warn", "alert", { alert: "tile_cut_off", count: full });
  return tiles;
};
