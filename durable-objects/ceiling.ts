// How much a station may say. A fact of custody is taken whatever the number: above the ceiling there is only an alert. What
// proves nothing (heartbeats, frames that cannot be read) is refused until the minute is over. In memory: an eviction forgives.
import { MINUTE_MS } from "../src/lib/clock.ts";
import type { ReadFrame } from "./frames.ts";
import type { ServerFrame } from "./protocol.ts";

/** A replay of hours fits into it: a busy station makes a few hundred events an hour. */
export const FRAMES_PER_MINUTE = 6_000;

export class Ceiling {
  #minuteAtMs = 0;
  #frames = 0;

  /** Counts one frame; true: it is not to be looked at. */
  refuses(read: ReadFrame, nowMs: number, alert: (fields: Record<string, unknown>) => void): boolean {
    if (nowMs - this.#minuteAtMs >= MINUTE_MS) {
      this.#minuteAtMs = nowMs;
      this.#frames = 0;
    }
    this.#frames += 1;
    if (this.#frames === FRAMES_PER_MINUTE + 1) alert({ alert: "station_floods", framesPerMinute: FRAMES_PER_MINUTE });
    return this.#frames > FRAMES_PER_MINUTE && read.kind !== "event" && read.kind !== "done";
  }
}

/** Not acknowledged: what has a name comes again. */
export const tooMuch = (read: ReadFrame): ServerFrame => {
  const stamp = read.kind === "odd" ? read.stamp : null;
  return { type: "error", code: "too_many_frames", ...(stamp ? { bootId: stamp.bootId, seq: stamp.seq } : {}) };
};
