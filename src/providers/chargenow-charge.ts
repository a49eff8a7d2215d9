/** Of a lithium cell on its charger: what is below is empty, what is above is full. */
const EMPTY_MILLIVOLTS = 3_300;
const FULL_MILLIVOLTS = 4_100;

/**
 * `vol` is millivolts in the documentation and per cent on the devices that were looked at. Per cent end at 100 and no bank
 * has less than 2 V; what lies between is neither, and such a bank is not handed out.
 */
export const chargeOf = (vol: number | null): { chargePercent: number | null; millivolts: number | null } => {
  if (vol === null || !Number.isFinite(vol) || vol < 0) return { chargePercent: null, millivolts: null };
  if (vol <= 100) return { chargePercent: Math.round(vol), millivolts: null };
  if (vol < 2_000 || vol > 6_000) return { chargePercent: null, millivolts: null };
  const percent = ((vol - EMPTY_MILLIVOLTS) / (FULL_MILLIVOLTS - EMPTY_MILLIVOLTS)) * 100;
  return { chargePercent: Math.round(Math.min(Math.max(percent, 0), 100)), millivolts: Math.round(vol) };
};
