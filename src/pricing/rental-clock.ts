/** Stops the clock of a rental from `fromMs` to `toMs`. */
export interface Pause {
  fromMs: number;
  toMs: number;
}

/** Rental time: milliseconds since the start, without the pauses. */
export interface RentalClock {
  elapsedAt(atMs: number): number;
  /** The first moment at which `elapsedMs` have passed. */
  momentOf(elapsedMs: number): number;
}

/** Pauses may overlap, be empty, and begin before the start: each millisecond counts once. */
export const createRentalClock = (startedAtMs: number, pauses: readonly Pause[]): RentalClock => {
  const merged: Pause[] = [];
  for (const pause of pauses.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const fromMs = Math.max(pause.fromMs, startedAtMs);
    const last = merged.at(-1);
    if (pause.toMs <= fromMs) continue;
    if (last && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, pause.toMs);
    else merged.push({ fromMs, toMs: pause.toMs });
  }
  return {
    elapsedAt(atMs) {
      let elapsedMs = Math.max(0, atMs - startedAtMs);
      for (const pause of merged) elapsedMs -= Math.max(0, Math.min(pause.toMs, atMs) - pause.fromMs);
      return elapsedMs;
    },
    momentOf(elapsedMs) {
      let atMs = startedAtMs + elapsedMs;
      for (const pause of merged) if (pause.fromMs < atMs) atMs += pause.toMs - pause.fromMs;
      return atMs;
    },
  };
};
