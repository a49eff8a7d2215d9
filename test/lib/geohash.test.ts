import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellsAround, distanceMeters, geohash } from "../../src/lib/geohash.ts";
import { sql } from "../support/control.ts";

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

/** The place that lies `meters` away in this direction. */
const moved = (from: { latitude: number; longitude: number }, meters: number, bearing: number) => {
  const d = meters / 6_371_008.8;
  const [lat, lng] = [from.latitude, from.longitude].map((degrees) => (degrees * Math.PI) / 180) as [number, number];
  const to = Math.asin(Math.sin(lat) * Math.cos(d) + Math.cos(lat) * Math.sin(d) * Math.cos(bearing));
  const turn = Math.atan2(Math.sin(bearing) * Math.sin(d) * Math.cos(lat), Math.cos(d) - Math.sin(lat) * Math.sin(to));
  const longitude = (((((lng + turn) * 180) / Math.PI + 540) % 360) + 360) % 360;
  return { latitude: (to * 180) / Math.PI, longitude: longitude - 180 };
};

describe("a geohash", () => {
  it("is the one that everybody makes", () => {
    expect(geohash({ latitude: 57.64911, longitude: 10.40744 }, 11)).toBe("u4pruydqqvj");
    expect(geohash({ latitude: 42.605, longitude: -5.603 }, 5)).toBe("ezs42");
    expect([geohash({ latitude: 90, longitude: 180 }, 3), geohash({ latitude: -90, longitude: -180 }, 3)]).toEqual([
      "zzz",
      "000",
    ]);
  });

  it("is the same in the database", async () => {
    const places = fc.sample(place, 200).concat({ latitude: 90, longitude: 180 }, { latitude: -90, longitude: -180 });
    const rows = await sql<{ hash: string }>(
      `select internal_geohash((p ->> 'latitude')::double precision, (p ->> 'longitude')::double precision) as hash
       from jsonb_array_elements($1::jsonb) with ordinality as t(p, n) order by n`,
      [JSON.stringify(places)],
    );
    expect(rows.map((row) => row.hash)).toEqual(places.map((each) => geohash(each, 8)));
  });
});

describe("cells around a place", () => {
  it("cover all that is within the radius, wherever that is, and are never more than asked for", () => {
    fc.assert(
      fc.property(
        place,
        fc.integer({ min: 1, max: 50_000 }),
        fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (centre, radius, bearing, part) => {
          const cells = cellsAround(centre, radius, 6);
          expect(cells.length).toBeLessThanOrEqual(6);
          expect(new Set(cells).size).toBe(cells.length);
          const there = geohash(moved(centre, radius * part, bearing), 8);
          expect(cells.some((cell) => there.startsWith(cell))).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("are small ones in a city: four of 5 km for a walk, six of 20 by 39 km for 10 km", () => {
    const dar = { latitude: -6.8161, longitude: 39.2803 };
    expect(cellsAround(dar, 2_000, 6).every((cell) => cell.length === 5)).toBe(true);
    expect(cellsAround(dar, 10_000, 6).every((cell) => cell.length === 4)).toBe(true);
  });
});

it("distances are those on the surface of the earth", () => {
  const [dar, dodoma] = [
    { latitude: -6.8161, longitude: 39.2803 },
    { latitude: -6.173, longitude: 35.7419 },
  ];
  expect(distanceMeters(dar, dodoma)).toBeCloseTo(397_470, -3);
  fc.assert(
    fc.property(
      place,
      fc.integer({ min: 0, max: 5_000_000 }),
      fc.double({ min: 0, max: 6, noNaN: true }),
      (from, meters, bearing) => {
        expect(Math.abs(distanceMeters(from, moved(from, meters, bearing)) - meters)).toBeLessThan(1);
      },
    ),
  );
});
