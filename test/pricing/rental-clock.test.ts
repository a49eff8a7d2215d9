import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRentalClock } from "../../src/pricing/rental-clock.ts";

const pauses = fc.array(
  fc
    .tuple(fc.integer({ min: -50, max: 200 }), fc.integer({ min: -5, max: 60 }))
    .map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length })),
  { maxLength: 4 },
);

describe("the clock of a rental", () => {
  it("counts each millisecond that no pause covers", () => {
    fc.assert(
      fc.property(pauses, fc.integer({ min: -20, max: 300 }), (drawn, atMs) => {
        let counted = 0;
        for (let ms = 0; ms < atMs; ms++)
          if (!drawn.some((pause) => pause.fromMs <= ms && ms < pause.toMs)) counted += 1;
        expect(createRentalClock(0, drawn).elapsedAt(atMs)).toBe(counted);
      }),
    );
  });

  it("finds the first moment at which so much has passed", () => {
    fc.assert(
      fc.property(pauses, fc.integer({ min: 1, max: 300 }), (drawn, elapsedMs) => {
        const clock = createRentalClock(0, drawn);
        expect(clock.elapsedAt(clock.momentOf(elapsedMs))).toBe(elapsedMs);
        expect(clock.elapsedAt(clock.momentOf(elapsedMs) - 1)).toBe(elapsedMs - 1);
      }),
    );
  });

  it("begins at the start, also when a pause does", () => {
    expect(createRentalClock(100, [{ fromMs: 90, toMs: 130 }]).momentOf(0)).toBe(100);
    expect(createRentalClock(100, [{ fromMs: 90, toMs: 130 }]).momentOf(1)).toBe(131);
  });
});
