// Places as text: two that begin alike lie in one cell, and a longer beginning is a smaller cell. The database makes the
// same text of each station (`internal_geohash`), bit for bit.

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";

export interface Place {
  latitude: number;
  longitude: number;
}

const bitsOf = (length: number) => ({ x: Math.ceil((length * 5) / 2), y: Math.floor((length * 5) / 2) });

/** Columns count from -180°, rows from -90°. */
const cellOf = (column: number, row: number, length: number): string => {
  const bits = bitsOf(length);
  let text = "";
  let letter = 0;
  for (let i = 0; i < length * 5; i++) {
    const bit =
      i % 2 === 0
        ? Math.floor(column / 2 ** (bits.x - 1 - i / 2)) % 2
        : Math.floor(row / 2 ** (bits.y - 1 - (i - 1) / 2)) % 2;
    letter = letter * 2 + bit;
    if (i % 5 === 4) {
      text += ALPHABET[letter];
      letter = 0;
    }
  }
  return text;
};

const columnOf = (longitude: number, length: number): number =>
  Math.floor(((longitude + 180) / 360) * 2 ** bitsOf(length).x);
const rowOf = (latitude: number, length: number): number =>
  Math.min(2 ** bitsOf(length).y - 1, Math.max(0, Math.floor(((latitude + 90) / 180) * 2 ** bitsOf(length).y)));

/** The cell of a place, `length` characters. */
export const geohash = ({ latitude, longitude }: Place, length: number): string =>
  cellOf(Math.min(2 ** bitsOf(length).x - 1, columnOf(longitude, length)), rowOf(latitude, length), length);

const METERS_PER_DEGREE = 111_320;
const EARTH_RADIUS_M = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Along the surface of the earth, meters. */
export const distanceMeters = (from: Place, to: Place): number => {
  const half = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2;
  const h =
    half(to.latitude - from.latitude) +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * half(to.longitude - from.longitude);
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
};

/**
 * Cells that together cover everything within `radiusMeters` of a place: of the smallest size, up to 5 characters (about
 * 5 km), of which no more than `most` are needed. Also across the 180th meridian; at a pole one cell is the world.
 */
export const cellsAround = (place: Place, radiusMeters: number, most: number): string[] => {
  // One per cent more: degrees of latitude are not all alike.
  const high = (radiusMeters * 1.01) / METERS_PER_DEGREE;
  const { latitude, longitude } = place;
  const farthest = Math.abs(latitude) + high;
  const wide = farthest < 90 ? Math.min(180, high / Math.cos(radians(farthest))) : 180;
  for (let length = 5; length >= 1; length--) {
    const columns = 2 ** bitsOf(length).x;
    const [west, east] = [columnOf(longitude - wide, length), columnOf(longitude + wide, length)];
    const [south, north] = [rowOf(latitude - high, length), rowOf(latitude + high, length)];
    const across = Math.min(columns, east - west + 1);
    if (across * (north - south + 1) > most) continue;
    const cells: string[] = [];
    for (let row = south; row <= north; row++)
      for (let n = 0; n < across; n++) cells.push(cellOf((((west + n) % columns) + columns) % columns, row, length));
    return cells;
  }
  return [""];
};
