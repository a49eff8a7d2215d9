// What renters agree to: every figure from where the product takes it.
import type { Dependencies } from "../deps.ts";
import { MINUTE_MS } from "../lib/clock.ts";
import { readStandardTariff } from "../pricing/service.ts";
import type { TariffTerms } from "../pricing/tariff.ts";
import { LEASE_SECONDS, OVERDUE_HOURS, PAUSE_MS, REMIND_BEFORE_MS, SWAP_RETURN_MS } from "../rentals/service.ts";

/** As dispute_open and accounts_erase have them. */
export const DISPUTE_DAYS = 60;
export const ERASE_DAYS = 90;

export interface Terms {
  version: string;
  contact: string;
  tariff: TariffTerms;
  leaseMinutes: number;
  remindMinutes: number;
  overdueHours: readonly number[];
  pauseMinutes: number;
  swapReturnMinutes: number;
  disputeDays: number;
  eraseDays: number;
  withdrawals: { minTzs: number; feeTzs: number; perDay: number };
}

export const readTerms = async (deps: Dependencies): Promise<Terms> => {
  const { TERMS_VERSION, CONTACT_EMAIL, WITHDRAWAL_MIN_TZS, WITHDRAWAL_FEE_TZS, WITHDRAWAL_DAILY_COUNT } = deps.config;
  return {
    version: TERMS_VERSION,
    contact: CONTACT_EMAIL,
    tariff: await readStandardTariff(deps),
    leaseMinutes: LEASE_SECONDS / 60,
    remindMinutes: REMIND_BEFORE_MS / MINUTE_MS,
    overdueHours: OVERDUE_HOURS,
    pauseMinutes: PAUSE_MS / MINUTE_MS,
    swapReturnMinutes: SWAP_RETURN_MS / MINUTE_MS,
    disputeDays: DISPUTE_DAYS,
    eraseDays: ERASE_DAYS,
    withdrawals: { minTzs: WITHDRAWAL_MIN_TZS, feeTzs: WITHDRAWAL_FEE_TZS, perDay: WITHDRAWAL_DAILY_COUNT },
  };
};
