// The simulation's time. It moves when the seed says so, and when everybody waits for a timer: then to the next of them.
import type { Clock } from "../../../src/lib/clock.ts";

interface Timer {
  atMs: number;
  fire(): void;
}

export class VirtualTime implements Clock {
  #nowMs: number;
  #lastId = 0;
  readonly #timers = new Map<number, Timer>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  setTimer(ms: number, fire: () => void): number {
    const id = ++this.#lastId;
    this.#timers.set(id, { atMs: this.#nowMs + ms, fire });
    return id;
  }

  clearTimer(id: number): void {
    this.#timers.delete(id);
  }

  /** Moves to the next timer and fires it; false when there is none. */
  fireNext(): boolean {
    let next: [number, Timer] | null = null;
    for (const entry of this.#timers) if (!next || entry[1].atMs < next[1].atMs) next = entry;
    if (!next) return false;
    this.#timers.delete(next[0]);
    this.#nowMs = Math.max(this.#nowMs, next[1].atMs);
    next[1].fire();
    return true;
  }

  /** Nobody waits for these any more. */
  forgetTimers(): void {
    this.#timers.clear();
  }
}
