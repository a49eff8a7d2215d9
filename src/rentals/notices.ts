// What a renter is told as time goes by, and when. Pure: from the rental and `quote` to the notice that is due now and to the
// moment of the next question. A notice that was missed is not made up for: only the latest that still holds is told.
import { HOUR_MS, MINUTE_MS } from "../lib/clock.ts";
import type { TemplateName, TemplateParameters } from "../messages/templates.ts";
import { lostByTimeMs, quoteRental } from "./pricing-facts.ts";
import type { RentalRecord } from "./record.ts";

export const REMIND_BEFORE_MS = 30 * MINUTE_MS;
export const OVERDUE_HOURS = [1, 6, 24, 48];

type NoticeName = Extract<TemplateName, "rental_reminder" | "rental_due" | "rental_price_step" | "rental_overdue">;

type Words = { [N in NoticeName]: { template: N; params: TemplateParameters<N> } }[NoticeName];
/** `untilMs`: from here on it would be wrong or another one holds. */
export type Notice = Words & { atMs: number; untilMs: number };

export interface Plan {
  /** Due now and not told yet. */
  notice: Notice | null;
  nextAtMs: number;
  /** The patience of the tariff is over. */
  isLost: boolean;
}

interface Slot {
  atMs: number;
  untilMs: number;
  words(): Words;
}

/** For an active rental. Every total is that of `quote`. */
export const planNotices = (rental: RentalRecord, nowMs: number): Plan => {
  const lostAtMs = lostByTimeMs(rental);
  const slots = [...fixedSlots(rental, nowMs, lostAtMs), ...stepSlots(rental, nowMs, lostAtMs)];
  const told = rental.noticedAtMs ?? Number.NEGATIVE_INFINITY;
  const current = slots
    .filter(({ atMs, untilMs }) => atMs <= nowMs && nowMs < untilMs && atMs > told)
    .toSorted((a, b) => b.atMs - a.atMs)[0];
  const later = slots.map(({ atMs }) => atMs).filter((atMs) => atMs > nowMs);
  return {
    notice: current ? { ...current.words(), atMs: current.atMs, untilMs: current.untilMs } : null,
    nextAtMs: Math.min(lostAtMs, ...later),
    isLost: nowMs >= lostAtMs,
  };
};

const fixedSlots = (rental: RentalRecord, nowMs: number, lostAtMs: number): Slot[] => {
  const dueAtMs = rental.dueAtMs ?? 0;
  const { lateFeeTzs, graceMinutes, replacementTzs } = rental.tariff;
  const remindAtMs = dueAtMs - REMIND_BEFORE_MS;
  const overdue = OVERDUE_HOURS.map((hours, index): Slot => {
    const atMs = dueAtMs + hours * HOUR_MS;
    const nextHours = OVERDUE_HOURS[index + 1];
    return {
      atMs,
      untilMs: nextHours === undefined ? lostAtMs : dueAtMs + nextHours * HOUR_MS,
      words: () => ({
        template: "rental_overdue",
        // As it is when it is told, which may be hours later.
        params: {
          hours: Math.floor((nowMs - dueAtMs) / HOUR_MS),
          totalTzs: quoteRental(rental, nowMs).totalTzs,
          lostAtMs,
          replacementTzs,
        },
      }),
    };
  });
  return [
    {
      atMs: remindAtMs,
      untilMs: dueAtMs,
      words: () => ({ template: "rental_reminder", params: { dueAtMs, lateFeeTzs } }),
    },
    {
      atMs: dueAtMs,
      untilMs: overdue[0]?.atMs ?? lostAtMs,
      words: () => ({
        template: "rental_due",
        params: { graceUntilMs: dueAtMs + graceMinutes * MINUTE_MS, lateFeeTzs },
      }),
    },
    ...overdue,
  ];
};

/** The next two steps of the price. A step whose notice would come before the end is told by the reminder and at the end. */
const stepSlots = (rental: RentalRecord, nowMs: number, lostAtMs: number): Slot[] => {
  const dueAtMs = rental.dueAtMs ?? 0;
  const slots: Slot[] = [];
  let changeAtMs = quoteRental(rental, Math.max(nowMs, dueAtMs)).nextChangeAtMs;
  while (changeAtMs !== null && changeAtMs < lostAtMs && slots.length < 2) {
    const stepAtMs = changeAtMs;
    const { totalTzs, nextChangeAtMs } = quoteRental(rental, stepAtMs);
    const atMs = stepAtMs - REMIND_BEFORE_MS;
    if (atMs >= dueAtMs)
      slots.push({
        atMs,
        untilMs: stepAtMs,
        words: () => ({ template: "rental_price_step", params: { stepAtMs, totalTzs } }),
      });
    changeAtMs = nextChangeAtMs;
  }
  return slots;
};
