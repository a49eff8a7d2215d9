import { SECOND_MS } from "../lib/clock.ts";

const MAX_KEYS = 20_000;

/** Counts in memory by fixed windows that begin with a key's first use. Bounded: the oldest key goes first. */
export const createWindowCounter = () => {
  const windows = new Map<string, { count: number; endsAtMs: number }>();
  const secondsTo = (endsAtMs: number, nowMs: number) => Math.max(1, Math.ceil((endsAtMs - nowMs) / SECOND_MS));
  const live = (key: string, nowMs: number) => {
    const window = windows.get(key);
    if (window && window.endsAtMs > nowMs) return window;
    windows.delete(key);
    return null;
  };
  return {
    add(key: string, windowSeconds: number, nowMs: number): { count: number; resetSeconds: number } {
      let window = live(key, nowMs);
      if (!window) {
        window = { count: 0, endsAtMs: nowMs + windowSeconds * SECOND_MS };
        windows.set(key, window);
        const oldest = windows.size > MAX_KEYS ? windows.keys().next() : null;
        if (oldest && !oldest.done) windows.delete(oldest.value);
      }
      window.count++;
      return { count: window.count, resetSeconds: secondsTo(window.endsAtMs, nowMs) };
    },
    /** Null when nothing is counted under the key. */
    secondsLeft(key: string, nowMs: number): number | null {
      const window = live(key, nowMs);
      return window ? secondsTo(window.endsAtMs, nowMs) : null;
    },
  };
};
