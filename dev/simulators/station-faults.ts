// What a real station does wrong. Armed for a number of times, or until disarmed.
import { z } from "zod";

export const faultKinds = [
  /** A command is answered with nothing; `bankLeaves`: the bank of an eject goes all the same. */
  "no_answer",
  /** The bank drops `ms` after an eject that was answered with nothing. */
  "late_drop",
  /** The bank of `slot` comes out instead, or of the next slot that has one. */
  "wrong_slot",
  /** An eject is answered `not_out`; the bank stays. */
  "refuses",
  /** An eject is answered `not_out`, and the bank goes all the same. */
  "lies",
  /** A command is carried out however late it comes. */
  "ignores_expiry",
  /** The station reboots when an eject comes and forgets it; `bankLeaves`: after the bank went. */
  "reboot_mid_eject",
  /** For `ms` after it left, the slot still shows the bank. */
  "ghost_bank",
  "duplicate_events",
  /** Frames that are ready together go out in reverse. */
  "reorder_events",
  /** Events are sent into the void; they stay in the buffer. */
  "lose_events",
  /** The station's clock is wrong by `ms`. */
  "clock_off",
  /** An inserted bank is rejected. */
  "half_inserted",
  /** A bank comes in and no event says so. */
  "unnoticed_return",
  /** The bank of `slot` is at 60 degrees. */
  "hot_bank",
  /** No connection for `ms`; without it for ever. */
  "offline",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export const Fault = z.strictObject({
  kind: z.enum(faultKinds),
  /** How often it strikes; until disarmed when missing. */
  times: z.int().positive().optional(),
  ms: z.int().optional(),
  slot: z.int().min(1).max(64).optional(),
  bankLeaves: z.boolean().optional(),
});
export type Fault = z.input<typeof Fault>;

export class Faults {
  readonly #armed = new Map<FaultKind, Fault>();

  arm(fault: Fault): void {
    this.#armed.set(fault.kind, { ...fault });
  }

  disarm(kind?: FaultKind): void {
    if (kind) this.#armed.delete(kind);
    else this.#armed.clear();
  }

  list(): Fault[] {
    return [...this.#armed.values()];
  }

  peek(kind: FaultKind): Fault | undefined {
    return this.#armed.get(kind);
  }

  /** The fault if it is armed; one of its times is over then. */
  strike(kind: FaultKind): Fault | undefined {
    const fault = this.#armed.get(kind);
    if (fault?.times !== undefined && --fault.times === 0) this.#armed.delete(kind);
    return fault;
  }
}
