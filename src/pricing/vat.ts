import { HOUR_MS } from "../lib/clock.ts";
import type { VatRate } from "./tariff.ts";

// Africa/Dar_es_Salaam is UTC+3 the whole year.
const LOCAL_OFFSET_MS = 3 * HOUR_MS;

/** The day in Africa/Dar_es_Salaam, `YYYY-MM-DD`. */
export const localDay = (atMs: number): string => new Date(atMs + LOCAL_OFFSET_MS).toISOString().slice(0, 10);

/** The rate of the local day of `atMs`. Before the first rate, the first one holds. */
export const vatPercentAt = (rates: readonly VatRate[], atMs: number): number => {
  const [first, ...later] = rates.toSorted((a, b) => (a.effectiveFrom < b.effectiveFrom ? -1 : 1));
  if (!first) throw new RangeError("a tariff needs a VAT rate");
  const day = localDay(atMs);
  return (later.findLast((rate) => rate.effectiveFrom <= day) ?? first).percent;
};

/** The VAT inside `grossTzs`, rounded half up to a whole shilling. */
export const vatInside = (grossTzs: number, percent: number): number => {
  const divisor = BigInt(100 + percent);
  return Number((2n * BigInt(grossTzs) * BigInt(percent) + divisor) / (2n * divisor));
};

/**
 * Splits `netTzs` over the gross amounts it belongs to, by largest remainder; equal remainders go to the earlier one.
 * Each share is a whole number from 0 to its gross amount, and the shares add up.
 */
export const splitNet = (grossTzs: readonly number[], netTzs: number): number[] => {
  const totalTzs = grossTzs.reduce((sum, amount) => sum + amount, 0);
  if (totalTzs === 0) return grossTzs.map(() => 0);
  const exact = grossTzs.map((amount) => BigInt(amount) * BigInt(netTzs));
  const shares = exact.map((product) => Number(product / BigInt(totalTzs)));
  const remainder = (index: number): bigint => exact[index]! % BigInt(totalTzs);
  let rest = netTzs - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = shares.map((_, index) => index).toSorted((a, b) => Number(remainder(b) - remainder(a)) || a - b);
  for (const index of byRemainder) {
    if (rest === 0) break;
    shares[index]! += 1;
    rest -= 1;
  }
  return shares;
};
