// The one pricing function. What crosses: a tariff, the facts of a rental and a moment, in milliseconds; whole shillings
// come back. What never does: a clock, a database, a rounding left to the caller. Charges are made in the order in which
// they fall due and each depends on earlier ones only, so the price never falls as time goes by.
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../lib/clock.ts";
import { createRentalClock, type Pause, type RentalClock } from "./rental-clock.ts";
import type { Tariff, TariffTerms } from "./tariff.ts";
import { splitNet, vatInside, vatPercentAt } from "./vat.ts";

export interface RentalFacts {
  startedAtMs: number;
  /** In any order. One that is bought when all are used up or the cap is reached is dropped. */
  extensions: readonly { boughtAtMs: number }[];
  pauses: readonly Pause[];
  /** The renter has a free return left today; it counts up to the tariff's `freeReturnMinutes`. */
  freeReturn: boolean;
  /** Its bank was swapped: returned up to here, ms, it costs nothing. */
  freeUntilMs?: number | undefined;
  lostAt?: { atMs: number; reportedByRenter: boolean } | undefined;
}

export interface QuoteLine {
  kind: "base" | "extension" | "late" | "lost";
  /** Pieces or started hours; those that a cap made cheaper or free are counted. */
  quantity: number;
  grossTzs: number;
  netTzs: number;
  vatTzs: number;
}

export interface Quote {
  /** Lines that cost something, in the order of `kind`. */
  lines: QuoteLine[];
  totalTzs: number;
  vatTzs: number;
  netTzs: number;
  /** The end, extensions and pauses included. */
  dueAtMs: number;
  /** The first moment at which the total is another one if nothing else happens; null when it stays. */
  nextChangeAtMs: number | null;
  /** No later total is higher, whatever the renter does. */
  worstCaseTzs: number;
}

/**
 * The price of a rental at `atMs`. Facts later than `atMs` do not count: an extension bought after the bank's arrival is
 * dropped. After the loss nothing changes any more; before the start the price is that of the start.
 */
export const quote = (tariff: Tariff, facts: RentalFacts, atMs: number): Quote => {
  const clock = createRentalClock(facts.startedAtMs, facts.pauses);
  const lostAtMs = facts.lostAt && facts.lostAt.atMs <= atMs ? facts.lostAt.atMs : null;
  const endedAtMs = lostAtMs ?? atMs;
  const usage = meter(tariff, facts, clock, endedAtMs);
  const isLost = lostAtMs !== null;
  const freeMs = freeTime(tariff, facts, clock);
  const isFree = !isLost && freeMs !== null && usage.elapsedMs <= freeMs;

  const lines = isFree ? [] : [usage.base, usage.extension];
  if (isLost) lines.push({ kind: "lost", quantity: 1, grossTzs: replacementTzs(tariff, facts, clock, usage.endMs) });
  else if (!isFree) lines.push(usage.late);

  const priced = withVat(lines, vatPercentAt(tariff.vatRates, Math.max(facts.startedAtMs, endedAtMs)));
  const nextPaidMs = isFree ? endOfFree(usage, freeMs) : usage.nextLateMs;
  return {
    ...priced,
    dueAtMs: clock.momentOf(usage.endMs),
    nextChangeAtMs: isLost || nextPaidMs === null ? null : clock.momentOf(nextPaidMs + 1),
    worstCaseTzs: isLost ? priced.totalTzs : usage.mostBeforeReplacementTzs + tariff.replacementTzs,
  };
};

/** In rental time: up to here a return costs nothing; null when it never does. */
const freeTime = (terms: TariffTerms, facts: RentalFacts, clock: RentalClock): number | null => {
  const times = [
    ...(facts.freeReturn ? [terms.freeReturnMinutes * MINUTE_MS] : []),
    ...(facts.freeUntilMs === undefined ? [] : [clock.elapsedAt(facts.freeUntilMs)]),
  ];
  return times.length === 0 ? null : Math.max(...times);
};

/** After so much rental time a return that is free now costs something. */
const endOfFree = (usage: Usage, freeMs: number): number | null => {
  if (usage.base.grossTzs + usage.extension.grossTzs + usage.late.grossTzs > 0) return freeMs;
  return usage.nextLateMs === null ? null : Math.max(freeMs, usage.nextLateMs);
};

type Charge = Pick<QuoteLine, "kind" | "quantity" | "grossTzs">;

interface Usage {
  elapsedMs: number;
  base: Charge;
  extension: Charge;
  late: Charge;
  /** The end with its extensions, in rental time. */
  endMs: number;
  /** After this much rental time the next late hour costs something; null when none ever will. */
  nextLateMs: number | null;
  /** Base and extensions, with all that may still be bought. */
  mostBeforeReplacementTzs: number;
}

/** Walks through the rental in its own time and charges each piece against what the caps leave. */
const meter = (terms: TariffTerms, facts: RentalFacts, clock: RentalClock, atMs: number): Usage => {
  const room = createRoom(terms);
  const base: Charge = { kind: "base", quantity: 1, grossTzs: room.take(0, terms.baseFeeTzs) };
  const extension: Charge = { kind: "extension", quantity: 0, grossTzs: 0 };
  const late: Charge = { kind: "late", quantity: 0, grossTzs: 0 };
  let endMs = terms.includedMinutes * MINUTE_MS;
  let nextHourMs = endMs + terms.graceMinutes * MINUTE_MS;

  /** Charges the late hours that start before `untilMs`, a day at a time. */
  const runLate = (untilMs: number): void => {
    while (nextHourMs < untilMs) {
      const stopMs = Math.min(untilMs, nextDayMs(nextHourMs));
      const hours = Math.ceil((stopMs - nextHourMs) / HOUR_MS);
      late.quantity += hours;
      late.grossTzs += room.take(nextHourMs, hours * terms.lateFeeTzs);
      nextHourMs += hours * HOUR_MS;
    }
  };

  const purchases = facts.extensions
    .filter((one) => one.boughtAtMs <= atMs)
    .map((one) => clock.elapsedAt(one.boughtAtMs));
  for (const boughtMs of purchases.toSorted((a, b) => a - b)) {
    runLate(boughtMs);
    if (extension.quantity === terms.maxExtensions || room.at(boughtMs) === 0) continue;
    extension.quantity += 1;
    extension.grossTzs += room.take(boughtMs, terms.extensionFeeTzs);
    const isLate = nextHourMs > endMs + terms.graceMinutes * MINUTE_MS;
    endMs = (isLate ? nextHourMs : endMs) + terms.extensionMinutes * MINUTE_MS;
    nextHourMs = endMs + terms.graceMinutes * MINUTE_MS;
  }
  const elapsedMs = clock.elapsedAt(atMs);
  runLate(elapsedMs);

  const unsoldTzs = (terms.maxExtensions - extension.quantity) * terms.extensionFeeTzs;
  return {
    elapsedMs,
    base,
    extension,
    late,
    endMs,
    nextLateMs: nextLateMs(terms, room, nextHourMs),
    mostBeforeReplacementTzs: base.grossTzs + extension.grossTzs + Math.min(unsoldTzs, room.inTotal()),
  };
};

interface Room {
  /** What may still be charged at this rental time. */
  at(elapsedMs: number): number;
  /** What may still be charged in the whole rental. */
  inTotal(): number;
  /** Charges as much of `amountTzs` as there is room for, and says how much that was. */
  take(elapsedMs: number, amountTzs: number): number;
}

const createRoom = (terms: TariffTerms): Room => {
  let totalTzs = 0;
  const byDayTzs = new Map<number, number>();
  const dayOf = (elapsedMs: number): number => Math.floor(elapsedMs / DAY_MS);
  const inTotal = (): number => terms.capTotalTzs - totalTzs;
  const at = (elapsedMs: number): number =>
    Math.min(inTotal(), terms.capPer24hTzs - (byDayTzs.get(dayOf(elapsedMs)) ?? 0));
  return {
    at,
    inTotal,
    take(elapsedMs, amountTzs) {
      const takenTzs = Math.min(amountTzs, at(elapsedMs));
      totalTzs += takenTzs;
      byDayTzs.set(dayOf(elapsedMs), (byDayTzs.get(dayOf(elapsedMs)) ?? 0) + takenTzs);
      return takenTzs;
    },
  };
};

const nextDayMs = (elapsedMs: number): number => (Math.floor(elapsedMs / DAY_MS) + 1) * DAY_MS;

/** The start of the first late hour from `hourMs` on that costs something. */
const nextLateMs = (terms: TariffTerms, room: Room, hourMs: number): number | null => {
  if (terms.lateFeeTzs === 0 || room.inTotal() === 0) return null;
  if (room.at(hourMs) > 0) return hourMs;
  return hourMs + Math.ceil((nextDayMs(hourMs) - hourMs) / HOUR_MS) * HOUR_MS;
};

const replacementTzs = (terms: TariffTerms, facts: RentalFacts, clock: RentalClock, endMs: number): number => {
  const { lostAt } = facts;
  const lastEarlyMs = endMs + terms.earlyReportWithinHours * HOUR_MS;
  const isEarly = lostAt?.reportedByRenter === true && clock.elapsedAt(lostAt.atMs) <= lastEarlyMs;
  return isEarly ? terms.earlyReportReplacementTzs : terms.replacementTzs;
};

const withVat = (
  charges: readonly Charge[],
  percent: number,
): Pick<Quote, "lines" | "totalTzs" | "vatTzs" | "netTzs"> => {
  const paid = charges.filter((charge) => charge.grossTzs > 0);
  const totalTzs = paid.reduce((sum, charge) => sum + charge.grossTzs, 0);
  const vatTzs = vatInside(totalTzs, percent);
  const netTzs = totalTzs - vatTzs;
  const shares = splitNet(
    paid.map((charge) => charge.grossTzs),
    netTzs,
  );
  const lines = paid.map((charge, index) => {
    const share = shares[index]!;
    return { ...charge, netTzs: share, vatTzs: charge.grossTzs - share };
  });
  return { lines, totalTzs, vatTzs, netTzs };
};
