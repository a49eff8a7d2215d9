// What the objects need of a cabinet's vendor: its word on the cabinet, and a hand on one slot. A vendor's acknowledgement
// proves nothing; what it shows of the cabinet afterwards does. There is no call that opens more than one slot.
import type { SlotNumber } from "./slot-number.ts";

export type VendorName = "chargenow" | "volinks";

export interface VendorSlot {
  slot: number;
  /** Null: nothing is in it, or what is in it cannot be read; `state` tells which. */
  powerBankId: string | null;
  state:
    | "empty"
    | "ok"
    | "charging_fault"
    | "comm_fault"
    | "stuck"
    | "forced"
    | "solenoid"
    | "theft"
    | "short"
    | "return_failed";
  chargePercent: number | null;
  millivolts: number | null;
  temperatureC: number | null;
  /** As the vendor says it. */
  rawCode: string | null;
}

export type VendorReading =
  | { status: "read"; slots: VendorSlot[] }
  /** The cabinet was asked; its answer comes as a notice of its own. */
  | { status: "asked" }
  /** The vendor says that nothing reaches the cabinet. */
  | { status: "offline" }
  | { status: "unknown"; reason: string };

export type VendorAnswer =
  /** Taken. Not carried out as far as anybody knows. */
  | { status: "handed_over" }
  /** The vendor's own word that nothing was handed to the cabinet. */
  | { status: "refused"; code: string }
  /** Timeout, broken answer, a code nobody knows: it may have been handed over, and may still be carried out. */
  | { status: "unknown"; reason: string };

export type VendorOrder = { kind: "restart" } | { kind: "lock" | "unlock" | "open"; slot: SlotNumber };

export interface CabinetVendor {
  /** Asks for the cabinet's state. Never throws. */
  read(vendorId: string): Promise<VendorReading>;
  /** Hands one eject over, once. Never throws but for a slot that is none. */
  eject(input: {
    vendorId: string;
    slot: SlotNumber;
    powerBankId: string;
    issuedAtMs: number;
    expiresAtMs: number;
  }): Promise<VendorAnswer>;
  /** What staff ask for. Never throws but for a slot that is none. */
  operate(vendorId: string, order: VendorOrder, nowMs: number): Promise<VendorAnswer>;
}

/** What came in from a vendor's side. Anybody could have said it, so it moves nothing by itself. */
export type VendorNotice =
  /** Something happened: the cabinet is looked at. `name` is the same for a repeat; evidence is kept for disputes. */
  | { kind: "hint"; name: string; evidence: VendorEvidence | null }
  /** The cabinet's state; counts as the answer to a question that is open, and as a hint where none is. */
  | { kind: "snapshot"; name: string; slots: VendorSlot[] }
  /** What the cabinet says of an eject that did not work; decides nothing without a look afterwards. */
  | { kind: "eject_failed"; slot: number | null; powerBankId: string | null; code: string; isSure: boolean };

export type VendorEvidence =
  | { type: "return_rejected"; slot: number; powerBankId: string | null; code: string }
  | { type: "alert"; word: string; slot: number | null };

export interface VendorWord {
  vendorId: string;
  notice: VendorNotice;
}

export interface ChargeNow extends CabinetVendor {
  /** `null` when it names no cabinet. */
  parsePush(body: string): Promise<VendorWord | null>;
}

export interface Volinks extends CabinetVendor {
  /** A message that the broker passes on; `null` for a topic or a frame that nobody knows. */
  parseMessage(body: string): Promise<VendorWord | null>;
  /** A cabinet's own call over HTTP, whose sign anybody can make; `null` when even that is wrong. */
  parseDeviceCall(door: "connect" | "upload" | "return", query: Record<string, string>): Promise<VendorWord | null>;
  /** What a cabinet connects to the broker with. */
  credentials(vendorId: string): Promise<{ host: string; port: number; username: string; password: string }>;
  isPassword(username: string, password: string): Promise<boolean>;
}
