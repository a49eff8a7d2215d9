/** The only source of time. Tests hand in their own; nothing else reads Date.now(). */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** ISO 8601 in UTC with milliseconds: the one form in which a time leaves the system. */
export const isoTime = (atMs: number): string => new Date(atMs).toISOString();
