// A second, slower way to the same price: a rental lived minute by minute. It shares no code with `quote`.
import type { RentalFacts } from "../../src/pricing/quote.ts";
import type { TariffTerms } from "../../src/pricing/tariff.ts";

/** Base, extensions and late fees of a rental whose times are whole minutes. */
export const pricedMinuteByMinute = (terms: TariffTerms, facts: RentalFacts, atMs: number) => {
  const minuteOf = (ms: number): number => (ms - facts.startedAtMs) / 60_000;
  const isPaused = (minute: number): boolean =>
    facts.pauses.some((pause) => minuteOf(pause.fromMs) <= minute && minute < minuteOf(pause.toMs));
  const days: number[] = [];
  let base = 0,
    extension = 0,
    late = 0,
    sold = 0,
    rented = 0;
  let end = terms.includedMinutes;
  let paidUntil: number | null = null; // the end of the late hour that runs or ran last since `end`

  const charge = (fee: number): number => {
    const day = Math.floor(rented / 1_440);
    const amount = Math.min(fee, terms.capPer24hTzs - (days[day] ?? 0), terms.capTotalTzs - base - extension - late);
    days[day] = (days[day] ?? 0) + amount;
    return amount;
  };
  const isFull = (): boolean =>
    (days[Math.floor(rented / 1_440)] ?? 0) === terms.capPer24hTzs || base + extension + late === terms.capTotalTzs;
  const sell = (): void => {
    if (sold === terms.maxExtensions || isFull()) return;
    sold += 1;
    extension += charge(terms.extensionFeeTzs);
    end = (paidUntil ?? end) + terms.extensionMinutes;
    paidUntil = null;
  };

  base += charge(terms.baseFeeTzs);
  const last = Math.max(0, minuteOf(atMs));
  for (let minute = 0; minute <= last; minute++) {
    for (const one of facts.extensions) {
      if (one.boughtAtMs <= atMs && Math.max(0, minuteOf(one.boughtAtMs)) === minute) sell();
    }
    if (minute === last || isPaused(minute)) continue;
    if (rented >= (paidUntil ?? end + terms.graceMinutes)) {
      late += charge(terms.lateFeeTzs);
      paidUntil = (paidUntil ?? end + terms.graceMinutes) + 60;
    }
    rented += 1;
  }
  return { base, extension, late, sold, end, rented };
};
