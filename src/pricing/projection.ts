// What a renter is told before anything is paid. Every figure comes from `quote`.
import { MINUTE_MS } from "../lib/clock.ts";
import { quote, type RentalFacts } from "./quote.ts";
import type { Tariff } from "./tariff.ts";

/** More steps than this are not worth telling; the last total that counts is `worstCaseTzs`. */
const MAX_STEPS = 100;

export interface QuoteProjection {
  depositTzs: number;
  includedMinutes: number;
  /** The price of a rental without extensions: once more than `afterMinutes` have passed, it is `totalTzs`. */
  steps: { afterMinutes: number; totalTzs: number }[];
  /** VAT inside the price of the first step. */
  vatTzs: number;
  /** No rental under this tariff costs more: every extension bought and the bank lost. */
  worstCaseTzs: number;
}

/** The course of the price for a rental that starts at `startedAtMs`. */
export const quoteProjection = (tariff: Tariff, startedAtMs: number): QuoteProjection => {
  const facts: RentalFacts = { startedAtMs, extensions: [], pauses: [], freeReturn: false };
  const first = quote(tariff, facts, startedAtMs);
  const steps = [{ afterMinutes: 0, totalTzs: first.totalTzs }];
  let { nextChangeAtMs } = first;
  while (nextChangeAtMs !== null && steps.length < MAX_STEPS) {
    const next = quote(tariff, facts, nextChangeAtMs);
    steps.push({ afterMinutes: (nextChangeAtMs - 1 - startedAtMs) / MINUTE_MS, totalTzs: next.totalTzs });
    nextChangeAtMs = next.nextChangeAtMs;
  }
  return {
    depositTzs: tariff.depositTzs,
    includedMinutes: tariff.includedMinutes,
    steps,
    vatTzs: first.vatTzs,
    worstCaseTzs: first.worstCaseTzs,
  };
};

/** The most that any rental under this tariff can cost, TZS. */
export const worstCase = (tariff: Tariff): number =>
  quote(tariff, { startedAtMs: 0, extensions: [], pauses: [], freeReturn: false }, 0).worstCaseTzs;
