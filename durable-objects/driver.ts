// What the object needs of its hardware, whoever it speaks through. The rules (one bank per rental, returns, custody) are
// the same for all; a driver says what it can do, how fresh its word is, and hands over what a turn decided, each once.
import type { StationDriverName } from "../src/stations/port.ts";
import type { ServerFrame } from "./protocol.ts";
import type { Link } from "./turn.ts";

export interface Capabilities {
  /** What an eject names: the slot, or the bank itself. */
  ejectsBy: "slot" | "power_bank";
  /** A command that arrives after its end is refused. Where not, a stale one may still be carried out: it stays matchable. */
  honoursExpiry: boolean;
  /** It keeps the results of its last commands across reboots, so that a list without one proves something. */
  remembersCommands: boolean;
  /** It makes numbered events of its own. Where not, it is asked, and what it shows is compared with what is known. */
  reportsEvents: boolean;
  /** A bank that was not taken in is told of. */
  reportsFailedReturns: boolean;
  /** Staff can open one slot. */
  forceOpens: boolean;
  /** Staff can lock and unlock one slot, and restart the cabinet. */
  locks: boolean;
  reboots: boolean;
  /** It shows a code of ours. */
  hasScreen: boolean;
  /** The vendor's own app can rent our banks behind our back. */
  hasNativeRentals: boolean;
}

export const capabilitiesOf: Record<StationDriverName, Capabilities> = {
  protocol1: {
    ejectsBy: "slot",
    honoursExpiry: true,
    remembersCommands: true,
    reportsEvents: true,
    reportsFailedReturns: true,
    forceOpens: true,
    locks: true,
    reboots: true,
    hasScreen: true,
    hasNativeRentals: false,
  },
  chargenow: {
    ejectsBy: "slot",
    honoursExpiry: false,
    remembersCommands: false,
    reportsEvents: false,
    reportsFailedReturns: false,
    forceOpens: true,
    locks: true,
    reboots: true,
    hasScreen: false,
    hasNativeRentals: true,
  },
  // It documents an expiry; the one device that was tested in public ignored it.
  volinks: {
    ejectsBy: "power_bank",
    honoursExpiry: false,
    remembersCommands: false,
    reportsEvents: false,
    reportsFailedReturns: true,
    forceOpens: true,
    locks: false,
    reboots: false,
    hasScreen: false,
    hasNativeRentals: false,
  },
};

export interface StationDriver {
  readonly capabilities: Capabilities;
  /** Last sign of life, ms; 0 when none is known. */
  heardAtMs(): number;
  link(nowMs: number): Link;
  /** Commands of one turn, after its commit, to the connection that `link` spoke of. Never twice, and it never throws. */
  send(frames: ServerFrame[]): void;
}
