// From a rental to what `quote` asks. Pure.
import { quote, type Quote, type RentalFacts } from "../pricing/quote.ts";
import { localDay } from "../pricing/vat.ts";
import type { RentalRecord } from "./record.ts";

/** The price of an active rental at `atMs`, TZS. Throws on one that is not active: its bill is stored. */
export const quoteRental = (rental: RentalRecord, atMs: number): Quote & { isFreeReturn: boolean } => {
  if (rental.startedAtMs === null || rental.vatRates === null) throw new Error("only an active rental is priced");
  const facts: RentalFacts = {
    startedAtMs: rental.startedAtMs,
    extensions: rental.extensions,
    pauses: rental.pauses,
    freeReturn: hasFreeReturnLeft(rental, atMs),
  };
  const price = quote({ ...rental.tariff, vatRates: rental.vatRates }, facts, atMs);
  return { ...price, isFreeReturn: facts.freeReturn && price.totalTzs === 0 && rental.tariff.baseFeeTzs > 0 };
};

const hasFreeReturnLeft = (rental: RentalRecord, atMs: number): boolean => {
  const day = localDay(atMs);
  const used = (rental.freeReturnsAtMs ?? []).filter((endedAtMs) => localDay(endedAtMs) === day).length;
  return used < rental.tariff.freeReturnsPerDay;
};
