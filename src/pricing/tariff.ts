import { z } from "zod";

/** Sums above this are typing errors; it also keeps every product of two of them exact. */
const amountTzs = z.int().min(0).max(10_000_000);
const minutes = z.int().min(0).max(10_080);

/** The terms of a tariff version. A rental keeps the ones it began with. */
export const TariffTerms = z
  .object({
    /** Held when the rental opens. */
    depositTzs: amountTzs,
    /** Covers the first `includedMinutes`. */
    baseFeeTzs: amountTzs,
    includedMinutes: minutes.min(1),
    /** A return up to here costs nothing, for a renter who has a free return left today. */
    freeReturnMinutes: minutes,
    freeReturnsPerDay: z.int().min(0).max(100),
    extensionMinutes: minutes.min(1),
    extensionFeeTzs: amountTzs,
    maxExtensions: z.int().min(0).max(50),
    /** Between the end and the first late hour. */
    graceMinutes: minutes,
    /** For each started hour after the grace. */
    lateFeeTzs: amountTzs,
    /** On base, extensions and late fees, for each 24 hours of the rental. */
    capPer24hTzs: amountTzs.min(1),
    /** On base, extensions and late fees, over the whole rental. */
    capTotalTzs: amountTzs.min(1),
    /** Overdue by this long, the bank counts as lost. */
    lostAfterHours: z.int().min(1).max(8_760),
    /** Besides base and extensions, instead of late fees. */
    replacementTzs: amountTzs,
    /** The same, when the renter reports the loss up to `earlyReportWithinHours` after the end. */
    earlyReportReplacementTzs: amountTzs,
    earlyReportWithinHours: z.int().min(0).max(8_760),
    /** Brought back within this many days, the loss becomes the price at the time of return. */
    foundWithinDays: z.int().min(0).max(3_650),
    /** Lowest charge at which a bank is handed out. */
    minChargePercent: z.int().min(0).max(100),
  })
  .refine((terms) => terms.freeReturnMinutes <= terms.includedMinutes, { path: ["freeReturnMinutes"] })
  .refine((terms) => terms.baseFeeTzs <= terms.capPer24hTzs, { path: ["baseFeeTzs"] })
  .refine((terms) => terms.capPer24hTzs <= terms.capTotalTzs, { path: ["capPer24hTzs"] })
  // Losing a bank is never cheaper than being late with it; without this the price could fall when a loss is reported.
  .refine((terms) => terms.capTotalTzs <= terms.earlyReportReplacementTzs, { path: ["earlyReportReplacementTzs"] })
  .refine((terms) => terms.earlyReportReplacementTzs <= terms.replacementTzs, { path: ["replacementTzs"] });
export type TariffTerms = z.infer<typeof TariffTerms>;

/** The VAT rate from a day in Africa/Dar_es_Salaam on, until the next one. Prices include it. */
export const VatRate = z.object({ effectiveFrom: z.iso.date(), percent: z.int().min(0).max(100) });
export type VatRate = z.infer<typeof VatRate>;

/** What `quote` prices by. */
export const Tariff = TariffTerms.safeExtend({ vatRates: z.array(VatRate).min(1).max(100) });
export type Tariff = z.infer<typeof Tariff>;

export const defaultTariff: TariffTerms = {
  depositTzs: 5_000,
  baseFeeTzs: 1_000,
  includedMinutes: 240,
  freeReturnMinutes: 5,
  freeReturnsPerDay: 2,
  extensionMinutes: 120,
  extensionFeeTzs: 500,
  maxExtensions: 6,
  graceMinutes: 10,
  lateFeeTzs: 500,
  capPer24hTzs: 5_000,
  capTotalTzs: 15_000,
  lostAfterHours: 72,
  replacementTzs: 25_000,
  earlyReportReplacementTzs: 20_000,
  earlyReportWithinHours: 24,
  foundWithinDays: 45,
  minChargePercent: 60,
};

/** The standard rate of mainland Tanzania. */
export const defaultVatRates: VatRate[] = [{ effectiveFrom: "2015-07-01", percent: 18 }];
