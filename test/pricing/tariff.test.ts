import { describe, expect, it } from "vitest";
import { quoteProjection, worstCase } from "../../src/pricing/projection.ts";
import { defaultTariff, Tariff, TariffTerms, VatRate } from "../../src/pricing/tariff.ts";
import { standard, START_MS } from "./arbitraries.ts";

describe("TariffTerms", () => {
  it("accepts the default tariff, alone and with its VAT rates", () => {
    expect(TariffTerms.parse(defaultTariff)).toEqual(defaultTariff);
    expect(Tariff.parse(standard)).toEqual(standard);
  });

  it.each([
    ["a free return longer than the included time", { freeReturnMinutes: 241 }, "freeReturnMinutes"],
    ["a base fee above the cap", { baseFeeTzs: 5_001 }, "baseFeeTzs"],
    ["a 24-hour cap above the total", { capPer24hTzs: 15_001 }, "capPer24hTzs"],
    ["a loss that is cheaper than being late", { earlyReportReplacementTzs: 14_999 }, "earlyReportReplacementTzs"],
    ["an early report that costs more", { replacementTzs: 19_999 }, "replacementTzs"],
    ["half a shilling", { lateFeeTzs: 0.5 }, "lateFeeTzs"],
    ["a charge above 100 %", { minChargePercent: 101 }, "minChargePercent"],
  ])("refuses %s", (_name, change, path) => {
    const result = TariffTerms.safeParse({ ...defaultTariff, ...change });
    expect(result.error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
  });

  it("wants VAT rates with a calendar day", () => {
    expect(VatRate.safeParse({ effectiveFrom: "2026-02-30", percent: 18 }).success).toBe(false);
    expect(Tariff.safeParse({ ...standard, vatRates: [] }).success).toBe(false);
  });
});

describe("quoteProjection", () => {
  it("tells the course of the price up to the total cap", () => {
    const projection = quoteProjection(standard, START_MS);
    expect(projection).toMatchObject({ depositTzs: 5_000, includedMinutes: 240, vatTzs: 153, worstCaseTzs: 29_000 });
    expect(projection.steps.slice(0, 3)).toEqual([
      { afterMinutes: 0, totalTzs: 1_000 },
      { afterMinutes: 250, totalTzs: 1_500 },
      { afterMinutes: 310, totalTzs: 2_000 },
    ]);
    expect(projection.steps.at(-1)).toEqual({ afterMinutes: 3_430, totalTzs: 15_000 });
    expect(projection.steps).toHaveLength(29);
  });

  it("ends after a hundred steps of a tariff that rises in small ones", () => {
    expect(quoteProjection({ ...standard, lateFeeTzs: 1, baseFeeTzs: 0 }, START_MS).steps).toHaveLength(100);
  });
});

describe("worstCase", () => {
  it("is what a lost bank with every extension costs", () => {
    expect(worstCase(standard)).toBe(29_000);
  });
});
