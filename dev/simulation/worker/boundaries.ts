// Moments at which something changes by the clock alone. Time that lands on one, or a second beside it, finds what is off by one.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/lib/clock.ts";
import type { Random } from "../random.ts";
import type { Facts } from "./truth.ts";

const EAST_AFRICA_MS = 3 * HOUR_MS;

/** Of Dar es Salaam. */
export const untilMidnight = (nowMs: number): number => DAY_MS - ((nowMs + EAST_AFRICA_MS) % DAY_MS);

/** After the end of a rental: its notice before it, the grace, the first late hours, the loss. */
const AFTER_DUE_MS = [-30 * MINUTE_MS, 0, 10 * MINUTE_MS, 70 * MINUTE_MS, 24 * HOUR_MS, 72 * HOUR_MS];
/** After a renter's last action: a command's end, the snapshot that proves, the lease, what is given up. */
const AFTER_ACTION_MS = [10 * SECOND_MS, 30 * SECOND_MS, 3 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS];

/** From now to one of them, give or take a second; null when none is ahead. */
export const untilBoundary = (facts: Facts, nowMs: number, random: Random): number | null => {
  const moments = [
    ...facts.rented.flatMap(({ dueAtMs }) => AFTER_DUE_MS.map((ms) => dueAtMs + ms)),
    ...facts.pending.flatMap(({ lastActionAtMs, leaseExpiresAtMs }) => [
      ...(leaseExpiresAtMs === null ? [] : [leaseExpiresAtMs]),
      ...AFTER_ACTION_MS.map((ms) => lastActionAtMs + ms),
    ]),
  ];
  const ahead = [...new Set(moments)].filter((atMs) => atMs > nowMs).toSorted((a, b) => a - b);
  // The nearest are many; the far ones come by themselves.
  return ahead.length === 0 ? null : random.pick(ahead.slice(0, 6)) - nowMs + random.between(-1, 1) * SECOND_MS;
};
