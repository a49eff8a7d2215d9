// Which stations need somebody with a bag, and the way round them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distanceMeters } from "../../src/lib/geohash.ts";
import { balanceOf, planTour, type Stocked } from "../../src/stations/balance.ts";

type Named = Stocked & { name: string };
/** A station so many meters east of the start. */
const at = (name: string, meters: number, freeBanks: number, freeSlots: number, slotCount = 10): Named => ({
  name,
  latitude: -6.8,
  longitude: 39.28 + meters / 110_540,
  slotCount,
  freeBanks,
  freeSlots,
});
const from = { latitude: -6.8, longitude: 39.28 };
const plan = (stations: Named[], { carry = 20, load = 0, most = 50 } = {}) =>
  planTour(stations, { from, carry, load, most });
const told = ({ stops }: ReturnType<typeof plan>) =>
  stops.map(({ station, action, banks, load }) => [station.name, action, banks, load]);

describe("a station", () => {
  it.each<[string, [number, number, number], ReturnType<typeof balanceOf>]>([
    ["with half of each needs nothing", [10, 5, 5], { isNearEmpty: false, isNearFull: false, bring: 0, take: 0 }],
    ["without a bank gets half", [10, 0, 10], { isNearEmpty: true, isNearFull: false, bring: 5, take: 0 }],
    ["without a free slot gives half", [10, 10, 0], { isNearEmpty: false, isNearFull: true, bring: 0, take: 5 }],
    [
      "full of banks that charge takes none, for a return needs the slot",
      [10, 0, 1],
      { isNearEmpty: true, isNearFull: true, bring: 0, take: 0 },
    ],
    ["of four slots is near its end at one", [4, 1, 3], { isNearEmpty: true, isNearFull: false, bring: 1, take: 0 }],
  ])("%s", (_, [slotCount, freeBanks, freeSlots], expected) => {
    expect(balanceOf({ slotCount, freeBanks, freeSlots })).toEqual(expected);
  });
});

describe("a tour", () => {
  it("takes before it brings, each time at the nearest stop that can be served", () => {
    const tour = plan([at("far full", 900, 9, 1), at("empty", 500, 0, 10), at("full", 1_000, 10, 0)]);
    expect(told(tour)).toEqual([
      ["far full", "take", 4, 4],
      ["full", "take", 5, 9],
      ["empty", "bring", 5, 4],
    ]);
    expect(tour).toMatchObject({ missing: 0, load: 4 });
    expect(Math.abs(tour.distanceMeters - 1_500)).toBeLessThan(30);
  });

  it("begins with what is in the bag, never carries more than fits, and says what is missing", () => {
    expect(told(plan([at("empty", 500, 0, 10)], { load: 3 }))).toEqual([["empty", "bring", 3, 0]]);
    expect(plan([at("empty", 500, 0, 10)], { load: 3 }).missing).toBe(2);
    expect(told(plan([at("full", 100, 10, 0), at("empty", 500, 0, 10)], { carry: 2 }))).toEqual([
      ["full", "take", 2, 2],
      ["empty", "bring", 2, 0],
    ]);
  });

  it("ends where nobody needs a bank: a full station alone is no reason to go", () => {
    expect(told(plan([at("full", 100, 10, 0)]))).toEqual([]);
  });

  it("never has a load below nothing or above the bag, and brings no more than was there", () => {
    const station = fc.record({
      slotCount: fc.integer({ min: 1, max: 48 }),
      banks: fc.double({ min: 0, max: 1, noNaN: true }),
      meters: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(station, { maxLength: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 30 }),
        (made, carry, load) => {
          const stations = made.map(({ slotCount, banks, meters }, n) => {
            const freeBanks = Math.floor(banks * slotCount);
            return at(String(n), meters, freeBanks, slotCount - freeBanks, slotCount);
          });
          const tour = plan(stations, { carry, load });
          let bag = Math.min(load, carry);
          const stock = new Map(stations.map((one) => [one.name, { banks: one.freeBanks, slots: one.freeSlots }]));
          let here: { latitude: number; longitude: number } = from;
          for (const stop of tour.stops) {
            const held = stock.get(stop.station.name)!;
            const moved = stop.action === "take" ? stop.banks : -stop.banks;
            bag += moved;
            held.banks -= moved;
            held.slots += moved;
            expect(stop.banks).toBeGreaterThan(0);
            expect([bag >= 0, bag <= carry, bag]).toEqual([true, true, stop.load]);
            // One bank stays for a renter, one slot for a return.
            expect(stop.action === "take" ? held.banks : held.slots).toBeGreaterThanOrEqual(1);
            expect(stop.distanceMeters).toBe(Math.round(distanceMeters(here, stop.station)));
            here = stop.station;
          }
          expect(tour.load).toBe(bag);
        },
      ),
    );
  });
});
