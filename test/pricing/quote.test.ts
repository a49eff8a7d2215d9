import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { quote, type Quote, type RentalFacts } from "../../src/pricing/quote.ts";
import { standard, START_MS } from "./arbitraries.ts";

const minute = (count: number): number => START_MS + count * MINUTE_MS;
const facts = (more: Partial<RentalFacts> = {}): RentalFacts => ({
  startedAtMs: START_MS,
  extensions: [],
  pauses: [],
  freeReturn: false,
  ...more,
});
const boughtAt = (...minutes: number[]): Pick<RentalFacts, "extensions"> => ({
  extensions: minutes.map((count) => ({ boughtAtMs: minute(count) })),
});
const lines = (priced: Quote): string =>
  priced.lines.map((line) => `${line.kind} ${line.quantity} ${line.grossTzs}`).join(", ");

/** Price at the boundary and one millisecond later. */
const around = (rental: RentalFacts, minutes: number): [number, number] => [
  quote(standard, rental, minute(minutes)).totalTzs,
  quote(standard, rental, minute(minutes) + 1).totalTzs,
];

describe("the default tariff without extensions", () => {
  it.each([
    ["start", 0, 1_000, 1_000],
    ["end of the free return, for a renter who has none left", 5, 1_000, 1_000],
    ["end of the included time", 240, 1_000, 1_000],
    ["end of the grace", 250, 1_000, 1_500],
    ["end of the first late hour", 310, 1_500, 2_000],
    ["end of the seventh late hour", 670, 4_500, 5_000],
    ["first cap reached", 730, 5_000, 5_000],
    ["end of the first 24 hours", 1_440, 5_000, 5_000],
    ["first late hour that starts in the second 24 hours", 1_450, 5_000, 5_500],
    ["last late hour below the second cap", 1_990, 9_500, 10_000],
    ["second cap reached", 2_050, 10_000, 10_000],
    ["first late hour that starts in the third 24 hours", 2_890, 10_000, 10_500],
    ["last late hour below the total cap", 3_430, 14_500, 15_000],
    ["first late hour that starts in the fourth 24 hours", 4_330, 15_000, 15_000],
  ])("costs at the %s (minute %i) %i, a millisecond later %i", (_name, minutes, atBoundary, after) => {
    expect(around(facts(), minutes)).toEqual([atBoundary, after]);
  });

  it("has no next change once the total cap is reached", () => {
    expect(quote(standard, facts(), minute(3_430)).nextChangeAtMs).toBe(minute(3_430) + 1);
    expect(quote(standard, facts(), minute(3_430) + 1).nextChangeAtMs).toBeNull();
  });

  it("skips the free rest of 24 hours when it tells the next change", () => {
    expect(quote(standard, facts(), minute(700)).nextChangeAtMs).toBe(minute(1_450) + 1);
  });
});

describe("a free return", () => {
  it("costs nothing up to five minutes, and the base fee after them", () => {
    const rental = facts({ freeReturn: true });
    expect(around(rental, 5)).toEqual([0, 1_000]);
    expect(quote(standard, rental, minute(5))).toMatchObject({ lines: [], vatTzs: 0, nextChangeAtMs: minute(5) + 1 });
  });
});

describe("extensions", () => {
  it("move the end by 120 minutes each when bought in time", () => {
    const rental = facts(boughtAt(10, 240));
    expect(quote(standard, rental, minute(480)).dueAtMs).toBe(minute(480));
    expect(around(rental, 490)).toEqual([2_000, 2_500]);
  });

  it("run from the end when bought in the grace", () => {
    const priced = quote(standard, facts(boughtAt(250)), minute(370));
    expect([lines(priced), priced.dueAtMs]).toEqual(["base 1 1000, extension 1 500", minute(360)]);
  });

  it("run from the end of the last started late hour, which stays due", () => {
    const justLate = facts({ extensions: [{ boughtAtMs: minute(250) + 1 }] });
    expect(quote(standard, justLate, minute(430)).dueAtMs).toBe(minute(430));
    const rental = facts(boughtAt(371));
    expect(quote(standard, rental, minute(371)).dueAtMs).toBe(minute(430 + 120));
    expect(lines(quote(standard, rental, minute(560)))).toBe("base 1 1000, extension 1 500, late 3 1500");
    expect(around(rental, 560)).toEqual([3_000, 3_500]);
  });

  it("keep due what has started by the millisecond of the purchase, and nothing more", () => {
    expect(lines(quote(standard, facts(boughtAt(310)), minute(400)))).toBe("base 1 1000, extension 1 500, late 1 500");
  });

  it("are dropped when bought after the bank's arrival, and counted when bought at it", () => {
    expect(lines(quote(standard, facts(boughtAt(100)), minute(100) - 1))).toBe("base 1 1000");
    expect(lines(quote(standard, facts(boughtAt(100)), minute(100)))).toBe("base 1 1000, extension 1 500");
  });

  it("are at most six", () => {
    const priced = quote(standard, facts(boughtAt(1, 2, 3, 4, 5, 6, 7)), minute(60));
    expect([lines(priced), priced.dueAtMs]).toEqual(["base 1 1000, extension 6 3000", minute(240 + 720)]);
  });

  it("are not sold once the cap of the 24 hours is reached, and again in the next ones", () => {
    const full = quote(standard, facts(boughtAt(1_439)), minute(1_439));
    expect([lines(full), full.dueAtMs]).toEqual(["base 1 1000, late 20 4000", minute(240)]);
    const nextDay = quote(standard, facts(boughtAt(1_440)), minute(1_440));
    expect([lines(nextDay), nextDay.dueAtMs]).toEqual([
      "base 1 1000, extension 1 500, late 20 4000",
      minute(1_450 + 120),
    ]);
  });

  it("are not sold once the total cap is reached", () => {
    expect(lines(quote(standard, facts(boughtAt(4_400)), minute(4_400)))).toBe("base 1 1000, late 70 14000");
  });

  it("cost what the cap leaves", () => {
    const tariff = { ...standard, capPer24hTzs: 1_700 };
    expect(lines(quote(tariff, facts(boughtAt(1, 2, 3)), minute(10)))).toBe("base 1 1000, extension 2 700");
  });
});

describe("pauses", () => {
  it("move the end and every later boundary", () => {
    const rental = facts({ pauses: [{ fromMs: minute(245), toMs: minute(275) }] });
    expect(quote(standard, rental, minute(245)).dueAtMs).toBe(minute(240));
    expect(around(rental, 250)).toEqual([1_000, 1_000]);
    expect(around(rental, 280)).toEqual([1_000, 1_500]);
    expect(quote(standard, facts({ pauses: [{ fromMs: minute(100), toMs: minute(130) }] }), minute(0)).dueAtMs).toBe(
      minute(270),
    );
  });

  it("move the 24 hours of the caps", () => {
    const rental = facts({ pauses: [{ fromMs: minute(1_000), toMs: minute(1_030) }] });
    expect(around(rental, 1_480)).toEqual([5_000, 5_500]);
  });
});

describe("a lost bank", () => {
  const lostAt = (atMs: number, reportedByRenter: boolean): RentalFacts =>
    facts({ lostAt: { atMs, reportedByRenter } });

  it("costs base and replacement instead of late fees", () => {
    const atMs = minute(240) + 72 * HOUR_MS;
    expect(lines(quote(standard, lostAt(atMs, false), atMs - 1))).toBe("base 1 1000, late 72 14000");
    const priced = quote(standard, lostAt(atMs, false), atMs);
    expect([lines(priced), priced.totalTzs, priced.nextChangeAtMs, priced.worstCaseTzs]).toEqual([
      "base 1 1000, lost 1 25000",
      26_000,
      null,
      26_000,
    ]);
  });

  it("costs less when the renter reports it within 24 hours after the end", () => {
    const lastMs = minute(240) + DAY_MS;
    expect(lines(quote(standard, lostAt(lastMs, true), lastMs))).toBe("base 1 1000, lost 1 20000");
    expect(lines(quote(standard, lostAt(lastMs + 1, true), lastMs + 1))).toBe("base 1 1000, lost 1 25000");
    expect(lines(quote(standard, lostAt(lastMs, false), lastMs))).toBe("base 1 1000, lost 1 25000");
  });

  it("keeps the extensions, whose end counts for the early report", () => {
    const atMs = minute(360) + DAY_MS;
    const rental = { ...lostAt(atMs, true), ...boughtAt(200) };
    expect(lines(quote(standard, rental, atMs))).toBe("base 1 1000, extension 1 500, lost 1 20000");
  });

  it("is not a free return", () => {
    const rental = { ...lostAt(minute(3), true), freeReturn: true };
    expect(quote(standard, rental, minute(3)).totalTzs).toBe(21_000);
  });
});

describe("VAT", () => {
  it.each([
    [0, 1_000, 153, [847], [153]],
    [250, 1_500, 229, [847, 424], [153, 76]],
    [730, 5_000, 763, [847, 3_390], [153, 610]],
  ])("is in the price: minute %i", (minutes, totalTzs, vatTzs, nets, vats) => {
    const priced = quote(standard, facts(), minute(minutes) + 1);
    expect([priced.totalTzs, priced.vatTzs]).toEqual([totalTzs, vatTzs]);
    expect([priced.lines.map((line) => line.netTzs), priced.lines.map((line) => line.vatTzs)]).toEqual([nets, vats]);
  });

  it("changes its rate at midnight in Dar es Salaam", () => {
    const tariff = { ...standard, vatRates: [...standard.vatRates, { effectiveFrom: "2026-11-21", percent: 20 }] };
    const midnightMs = Date.UTC(2026, 10, 20, 21);
    const rental = facts({ startedAtMs: midnightMs - HOUR_MS });
    expect([quote(tariff, rental, midnightMs - 1).vatTzs, quote(tariff, rental, midnightMs).vatTzs]).toEqual([
      153, 167,
    ]);
  });

  it("keeps the rate of the day of the loss", () => {
    const tariff = { ...standard, vatRates: [...standard.vatRates, { effectiveFrom: "2026-12-01", percent: 20 }] };
    const rental = facts({ lostAt: { atMs: minute(600), reportedByRenter: true } });
    expect(quote(tariff, rental, Date.UTC(2026, 11, 24)).vatTzs).toBe(3_203);
  });
});

describe("the worst case", () => {
  it("is every extension and the replacement before anything is bought", () => {
    expect(quote(standard, facts(), START_MS).worstCaseTzs).toBe(1_000 + 3_000 + 25_000);
  });

  it("shrinks with what late fees have used of the cap", () => {
    expect(quote(standard, facts(), minute(3_400)).worstCaseTzs).toBe(1_000 + 500 + 25_000);
  });
});
