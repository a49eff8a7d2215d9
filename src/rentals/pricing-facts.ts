// From a rental to what `quote` asks. Pure.
import { HOUR_MS, MINUTE_MS } from "../lib/clock.ts";
import { quote, type Quote, type RentalFacts } from "../pricing/quote.ts";
import type { Tariff } from "../pricing/tariff.ts";
import { localDay } from "../pricing/vat.ts";
import type { RentalRecord } from "./record.ts";

export type RentalPrice = Quote & { isFreeReturn: boolean };

/** The clocks of the house and of a station differ by up to so much: what is closer than that happened at the same moment. */
export const SAME_MOMENT_MS = 2 * MINUTE_MS;
/** A bad bank that was swapped goes back for nothing within this; then its rental is one like any other. `internal_swap_end` says the same. */
export const SWAP_RETURN_MS = 30 * MINUTE_MS;

const tariffOf = (rental: RentalRecord): Tariff => {
  if (rental.vatRates === null) throw new Error("only an active rental is priced");
  return { ...rental.tariff, vatRates: rental.vatRates };
};

const factsOf = (rental: RentalRecord, atMs: number): RentalFacts => {
  if (rental.startedAtMs === null) throw new Error("only an active rental is priced");
  return {
    startedAtMs: rental.startedAtMs,
    // Its money has to be there as well: one that is paid for after the bank's arrival is dropped.
    extensions: rental.extensions.filter(({ boughtAtMs, paidAtMs }) => (paidAtMs ?? boughtAtMs) <= atMs),
    pauses: rental.pauses,
    freeReturn: hasFreeReturnLeft(rental, atMs),
    freeUntilMs: rental.swappedAtMs === null ? undefined : rental.swappedAtMs + SWAP_RETURN_MS,
  };
};

/** The price of an active rental at `atMs`, TZS. Throws on one that is not active: its bill is stored. */
export const quoteRental = (rental: RentalRecord, atMs: number): RentalPrice =>
  priced(rental, factsOf(rental, atMs), atMs);

/** The bill of a rental whose bank arrived at `atMs`: an extension bought at the same moment counts only where it saves money. */
export const billRental = (rental: RentalRecord, atMs: number): RentalPrice => {
  const facts = factsOf(rental, atMs);
  const sure = facts.extensions.filter(({ boughtAtMs }) => boughtAtMs < atMs - SAME_MOMENT_MS);
  const bill = priced(rental, facts, atMs);
  if (sure.length === facts.extensions.length) return bill;
  const without = priced(rental, { ...facts, extensions: sure }, atMs);
  return without.totalTzs < bill.totalTzs ? without : bill;
};

/** The bill of a rental whose bank is lost from `lostAtMs` on. */
export const billLost = (rental: RentalRecord, lostAtMs: number, reportedByRenter: boolean): RentalPrice =>
  priced(rental, { ...factsOf(rental, lostAtMs), lostAt: { atMs: lostAtMs, reportedByRenter } }, lostAtMs);

/** TZS in all if the renter says now that the bank is lost. */
export const lossPrice = (rental: RentalRecord, nowMs: number): number => billLost(rental, nowMs, true).totalTzs;

/** When an active rental counts as lost by itself. */
export const lostByTimeMs = (rental: RentalRecord): number => {
  if (rental.dueAtMs === null) throw new Error("only an active rental has an end");
  return rental.dueAtMs + rental.tariff.lostAfterHours * HOUR_MS;
};

export interface ExtensionOffer {
  boughtAtMs: number;
  dueAtMs: number;
  amountTzs: number;
}

/** What the next extension costs at `atMs` and to when it prolongs; null when all are used or the cap is reached. */
export const extensionOffer = (rental: RentalRecord, atMs: number): ExtensionOffer | null => {
  const facts = { ...factsOf(rental, atMs), freeReturn: false, freeUntilMs: undefined };
  const now = quote(tariffOf(rental), facts, atMs);
  const then = quote(tariffOf(rental), { ...facts, extensions: [...facts.extensions, { boughtAtMs: atMs }] }, atMs);
  if (then.dueAtMs <= now.dueAtMs) return null;
  return { boughtAtMs: atMs, dueAtMs: then.dueAtMs, amountTzs: then.totalTzs - now.totalTzs };
};

/** Until when a bad bank may be swapped; null when it may not. The database decides. */
export const swapBeforeMs = (rental: RentalRecord, nowMs: number): number | null => {
  if (rental.status !== "active" || rental.swappedToId !== null || rental.startedAtMs === null) return null;
  const untilMs = rental.startedAtMs + rental.tariff.freeReturnMinutes * MINUTE_MS;
  return nowMs <= untilMs && hasFreeReturnLeft(rental, nowMs) ? untilMs : null;
};

const priced = (rental: RentalRecord, facts: RentalFacts, atMs: number): RentalPrice => {
  const price = quote(tariffOf(rental), facts, atMs);
  return {
    ...price,
    isFreeReturn:
      price.totalTzs === 0 && rental.tariff.baseFeeTzs > 0 && (facts.freeReturn || facts.freeUntilMs !== undefined),
  };
};

const hasFreeReturnLeft = (rental: RentalRecord, atMs: number): boolean => {
  const day = localDay(atMs);
  const used = (rental.freeReturnsAtMs ?? []).filter((endedAtMs) => localDay(endedAtMs) === day).length;
  return used < rental.tariff.freeReturnsPerDay;
};
