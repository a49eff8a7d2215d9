// VAT as the authority wants it: inside the price, by item, with two decimals, halves up. Our own receipts are in whole
// shillings; the difference is below one shilling an item.
import type { FiscalSale, VatSum } from "../src/receipts/port.ts";

export const TAX_CODES = [1, 2, 3, 4, 5] as const;
const ZERO_RATED = 3;

/** The code of a rate: as the settings say, else as registered; nothing at all is code 3. Null when the device has none for it. */
export const taxCodeFor = (
  percent: number,
  taxPercents: readonly number[],
  overrides: Record<string, number>,
): number | null => {
  const override = overrides[String(percent)];
  if (override !== undefined) return override;
  if (percent === 0) return ZERO_RATED;
  const index = taxPercents.indexOf(percent);
  return index === -1 ? null : index + 1;
};

/** `percent` of up to two decimals. */
export const netCentsOf = (amountTzs: number, percent: number): number => {
  const whole = 10_000n;
  const divisor = whole + BigInt(Math.round(percent * 100));
  return Number((2n * BigInt(amountTzs) * 100n * whole + divisor) / (2n * divisor));
};

export const sumItems = (items: FiscalSale["items"], percent: number, taxCode: number): VatSum => {
  const netCents = items.reduce((sum, item) => sum + netCentsOf(item.amountTzs, percent), 0);
  const totalCents = items.reduce((sum, item) => sum + item.amountTzs * 100, 0);
  return { taxCode, percent, netCents, taxCents: totalCents - netCents };
};
