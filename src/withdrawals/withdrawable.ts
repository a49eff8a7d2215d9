// What a renter may take out of the wallet. Pure; the database checks the same under its locks.
import { quoteRental, type RentalRecord } from "../rentals/service.ts";

/** The live price of each active rental, as the database wants to see it beside the holds. */
export const pricesOf = (rentals: readonly RentalRecord[], nowMs: number) =>
  rentals.map((rental) => ({ id: rental.id, version: rental.version, liveTzs: quoteRental(rental, nowMs).totalTzs }));

/** TZS: the wallet without what is owed, and without what open rentals cost by now beyond their holds. */
export const withdrawableTzs = (
  {
    walletTzs,
    debtTzs,
    rentals,
  }: { walletTzs: number; debtTzs: number; rentals: readonly { rental: RentalRecord; holdTzs: number }[] },
  nowMs: number,
): number => {
  const reserved = rentals.reduce(
    (sum, { rental, holdTzs }) => sum + Math.max(0, quoteRental(rental, nowMs).totalTzs - holdTzs),
    0,
  );
  return Math.max(0, walletTzs - debtTzs - reserved);
};
