// Events until the server has acknowledged them: each keeps its name (bootId, seq) for ever, also across reboots.
import type { EventFrame } from "../../durable-objects/protocol.ts";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type Unstamped = Without<EventFrame, "bootId" | "seq" | "at">;

interface Entry {
  frame: EventFrame;
  /** Waits for a connection, or for the welcome on it. */
  isHeld: boolean;
  /** When it was last sent; null = not over this connection. */
  sentAtMs: number | null;
}

export class EventBuffer {
  #entries: Entry[] = [];
  readonly #lastSeq = new Map<string, number>();
  readonly #resendMs: number;
  #isHolding = true;

  constructor(resendMs: number) {
    this.#resendMs = resendMs;
  }

  get size(): number {
    return this.#entries.length;
  }

  lastSeq(bootId: string): number {
    return this.#lastSeq.get(bootId) ?? 0;
  }

  add(bootId: string, at: number, event: Unstamped): void {
    const seq = this.lastSeq(bootId) + 1;
    this.#lastSeq.set(bootId, seq);
    this.#entries.push({ frame: { ...event, bootId, seq, at }, isHeld: this.#isHolding, sentAtMs: null });
  }

  /** Nothing leaves until it is released. */
  hold(): void {
    this.#isHolding = true;
    for (const entry of this.#entries) Object.assign(entry, { isHeld: true, sentAtMs: null });
  }

  releaseLast(): void {
    const last = this.#entries.at(-1);
    if (last) last.isHeld = false;
  }

  release(): void {
    this.#isHolding = false;
    for (const entry of this.#entries) entry.isHeld = false;
  }

  acknowledge(bootId: string, seq: number): void {
    this.#entries = this.#entries.filter(({ frame }) => frame.bootId !== bootId || frame.seq !== seq);
  }

  acknowledgeUpTo(bootId: string, upTo: number): void {
    this.#entries = this.#entries.filter(({ frame }) => frame.bootId !== bootId || frame.seq > upTo);
  }

  /** Sent long ago and never acknowledged: once more. */
  resend(nowMs: number): void {
    for (const entry of this.#entries) {
      if (entry.sentAtMs !== null && nowMs - entry.sentAtMs >= this.#resendMs) entry.sentAtMs = null;
    }
  }

  take(nowMs: number): EventFrame[] {
    const ready = this.#entries.filter((entry) => !entry.isHeld && entry.sentAtMs === null);
    for (const entry of ready) entry.sentAtMs = nowMs;
    return ready.map((entry) => entry.frame);
  }
}
