import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localDay, splitNet, vatInside, vatPercentAt } from "../../src/pricing/vat.ts";

describe("vatInside", () => {
  it.each([
    [0, 18, 0],
    [3, 18, 0],
    [4, 18, 1],
    [59, 18, 9],
    [1_000, 18, 153],
    [15_000, 18, 2_288],
    [3, 20, 1],
    [1, 100, 1],
    [20_000_000, 18, 3_050_847],
    [1_000, 0, 0],
  ])("of %i at %i %% is %i", (grossTzs, percent, vatTzs) => {
    expect(vatInside(grossTzs, percent)).toBe(vatTzs);
  });

  it("is the nearest whole shilling, halves up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000_000 }), fc.integer({ min: 0, max: 100 }), (grossTzs, percent) => {
        const twiceError =
          2n * (BigInt(vatInside(grossTzs, percent)) * BigInt(100 + percent) - BigInt(grossTzs * percent));
        expect(twiceError > BigInt(-100 - percent) && twiceError <= BigInt(100 + percent)).toBe(true);
      }),
    );
  });
});

describe("splitNet", () => {
  it("gives what is left over to the largest remainders, and to the earlier of equal ones", () => {
    expect(splitNet([1_000, 500], 1_271)).toEqual([847, 424]);
    expect(splitNet([1, 1, 1], 2)).toEqual([1, 1, 0]);
    expect(splitNet([0, 0], 0)).toEqual([0, 0]);
    expect(splitNet([], 0)).toEqual([]);
  });

  it("adds up and stays within one shilling of the exact share", () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 100 }), (grossTzs, percent) => {
        const totalTzs = grossTzs.reduce((sum, amount) => sum + amount, 0);
        const netTzs = totalTzs - vatInside(totalTzs, percent);
        const shares = splitNet(grossTzs, netTzs);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(netTzs);
        shares.forEach((share, index) => {
          expect(share).toBeLessThanOrEqual(grossTzs[index]!);
          if (totalTzs > 0) expect(Math.abs(share - (grossTzs[index]! * netTzs) / totalTzs)).toBeLessThan(1);
        });
      }),
    );
  });
});

describe("vatPercentAt", () => {
  const rates = [
    { effectiveFrom: "2027-07-01", percent: 16 },
    { effectiveFrom: "2009-07-01", percent: 18 },
  ];

  it("takes the rate of the local day, in whatever order the rates come", () => {
    expect(vatPercentAt(rates, Date.UTC(2027, 5, 30, 20, 59, 59, 999))).toBe(18);
    expect(vatPercentAt(rates, Date.UTC(2027, 5, 30, 21))).toBe(16);
  });

  it("takes the first rate before its day", () => {
    expect(vatPercentAt(rates, 0)).toBe(18);
  });

  it("refuses a tariff without a rate", () => {
    expect(() => vatPercentAt([], 0)).toThrow(RangeError);
  });
});

describe("localDay", () => {
  it("agrees with the time zone database on Africa/Dar_es_Salaam", () => {
    const format = new Intl.DateTimeFormat("en-CA", { timeZone: "Africa/Dar_es_Salaam" });
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2009, 0), max: Date.UTC(2060, 0) }), (atMs) => {
        expect(localDay(atMs)).toBe(format.format(atMs));
      }),
    );
  });
});
