// Random tariffs and rentals. Small numbers on purpose: caps, windows and purchases meet each other often.
import fc from "fast-check";
import { MINUTE_MS } from "../../src/lib/clock.ts";
import type { RentalFacts } from "../../src/pricing/quote.ts";
import { defaultTariff, defaultVatRates, Tariff } from "../../src/pricing/tariff.ts";

export const START_MS = Date.UTC(2026, 10, 20, 6, 30);

export const standard: Tariff = { ...defaultTariff, vatRates: defaultVatRates };

const unusual: fc.Arbitrary<Tariff> = fc
  .record({
    baseFeeTzs: fc.integer({ min: 0, max: 1_500 }),
    includedMinutes: fc.integer({ min: 1, max: 300 }),
    freeReturnMinutes: fc.integer({ min: 0, max: 20 }),
    extensionMinutes: fc.integer({ min: 1, max: 200 }),
    extensionFeeTzs: fc.integer({ min: 0, max: 900 }),
    maxExtensions: fc.integer({ min: 0, max: 6 }),
    graceMinutes: fc.integer({ min: 0, max: 90 }),
    lateFeeTzs: fc.integer({ min: 0, max: 900 }),
    capPer24hTzs: fc.integer({ min: 1, max: 6_000 }),
    capTotalTzs: fc.integer({ min: 1, max: 20_000 }),
    earlyReportReplacementTzs: fc.integer({ min: 20_000, max: 25_000 }),
    vatRates: fc.array(
      fc.record({
        effectiveFrom: fc.constantFrom("2009-07-01", "2026-11-21", "2026-11-22"),
        percent: fc.integer({ min: 0, max: 40 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map((drawn) => {
    const capPer24hTzs = Math.min(drawn.capPer24hTzs, drawn.capTotalTzs);
    return Tariff.parse({
      ...defaultTariff,
      ...drawn,
      capPer24hTzs,
      baseFeeTzs: Math.min(drawn.baseFeeTzs, capPer24hTzs),
      freeReturnMinutes: Math.min(drawn.freeReturnMinutes, drawn.includedMinutes),
    });
  });

export const tariffs: fc.Arbitrary<Tariff> = fc.oneof(fc.constant(standard), unusual);

/** A moment from a little before the start to five days after it; every third one is a whole minute. */
export const moments: fc.Arbitrary<number> = fc
  .oneof(
    { weight: 2, arbitrary: fc.integer({ min: -3_600_000, max: 5 * 86_400_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -60, max: 5 * 1_440 }).map((minute) => minute * MINUTE_MS) },
  )
  .map((offsetMs) => START_MS + offsetMs);

const pauses = fc.array(
  fc
    .tuple(moments, fc.integer({ min: 0, max: 90 * MINUTE_MS }))
    .map(([fromMs, lengthMs]) => ({ fromMs, toMs: fromMs + lengthMs })),
  { maxLength: 3 },
);

/** Rentals without a loss. */
export const rentals: fc.Arbitrary<RentalFacts> = fc.record({
  startedAtMs: fc.constant(START_MS),
  extensions: fc.array(
    moments.map((boughtAtMs) => ({ boughtAtMs })),
    { maxLength: 9 },
  ),
  pauses,
  freeReturn: fc.boolean(),
});

export const losses = fc.option(fc.record({ atMs: moments, reportedByRenter: fc.boolean() }), { nil: undefined });
