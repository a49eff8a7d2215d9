// The two seams between the Worker and a station's object. Types only: the object implements StationPort, the Worker's
// loopback entrypoint implements ControlPlane. Both sides are idempotent by the ids in their input and return values;
// a throw is a bug or an unreachable party, and is answered by calling again with the same input.
import type { Id } from "../lib/ids.ts";
import type { VendorAnswer, VendorName, VendorNotice, VendorReading } from "../providers/ports.ts";

/** What the object tells maps and dashboards; travels with deliveries that run anyway. */
export interface StationProjection {
  freeBanks: number;
  freeSlots: number;
  isOnline: boolean;
  /** Last contact, ms. */
  seenAtMs: number;
  /** Grows by one with each change; Postgres keeps the highest. */
  version: number;
}

export type LeaseResult =
  | { status: "leased"; slot: number; expiresAtMs: number }
  | { status: "no_power_bank" | "station_offline" | "station_unavailable" };

export type DispenseResult =
  /** The eject intent is stored (now or by an earlier call with this rental id). */
  | { status: "ejecting"; slot: number; commandId: Id<"cmd"> }
  /** An earlier call came to an end: see RentalAtStation for the words. */
  | { status: "out" | "not_out" | "unknown" }
  | { status: "no_power_bank" | "station_offline" | "station_unavailable" | "too_late" };

/** What the object knows of a rental; `none` = it never heard of it, or forgot it after its end. */
export type RentalAtStation =
  | { status: "none" }
  | { status: "leased"; slot: number; expiresAtMs: number }
  | { status: "ejecting" | "out" | "not_out" | "unknown"; slot: number; commandId: Id<"cmd">; issuedAtMs: number };

/** By whom the object reaches the hardware. */
export type StationDriverName = "protocol1" | "chargenow" | "volinks";

export interface StationSettings {
  /** `protocol1` when missing: the station speaks to its object itself. */
  driver?: StationDriverName;
  /** The cabinet's name at its vendor, for the other drivers. */
  vendorId?: string | null;
  slotCount: number;
  /** Lowest charge at which a bank is handed out. */
  minChargePercent: number;
  /** Banks hotter than this stay. */
  maxTemperatureC: number;
  heartbeatSeconds: number;
  /** False: nothing is leased or dispensed, returns are taken. */
  isInService: boolean;
  /** Slots staff have locked. */
  lockedSlots: number[];
  /** What the fleet knows of the banks that sit here. */
  banks?: FleetBank[];
  /** Slots that were put back in service, and the version that says so: what was held against them before is forgotten. */
  released?: { slot: number; version: number }[];
}

export interface FleetBank {
  powerBankId: string;
  /** Departures in its whole life. */
  cycles: number;
  /** Out of service, retired or unknown: nobody is given it. */
  isHeld: boolean;
}

export interface StationKey {
  /** `kid` in the header of the station's tokens. */
  keyId: string;
  /** Ed25519 public key, JWK `x`. */
  x: string;
  isRetired: boolean;
}

/** What staff may ask of a station. No word opens more than one slot. */
export type StationCommand = {
  commandId: Id<"cmd">;
  /** It is handed over once, and never later than this. */
  expiresAtMs: number;
} & (
  | { kind: "lock" | "unlock"; slot: number }
  /** `powerBankId`: the bank that staff saw in the slot and confirmed; null for a slot without one. */
  | { kind: "open"; slot: number; powerBankId: string | null }
  | { kind: "refresh" | "reboot" }
  /** Shown on the station's screen in place of its own code until then; a time that is over gives the screen back to the station. */
  | { kind: "screen"; qr: string; showUntilMs: number }
);

export type StationCommandState =
  /** `waiting`: for the next poll. `sent`: no answer yet. `unknown`: no answer, and it has expired. */
  | { status: "waiting" | "sent" | "unknown" }
  | { status: "done"; result: "ok" | "failed"; atMs: number }
  /** No poll fetched it in time; it was not carried out. */
  | { status: "expired" }
  /** Refused, and nothing is stored: the same id may be used again. */
  | { status: "station_unavailable" | "station_offline" | "too_late" | "slot_unknown" | "slot_busy" | "unsupported" }
  /** `open` named another bank than the slot holds, which is told. */
  | { status: "bank_not_confirmed"; powerBankId: string | null };

/** One slot as its object knows it, for staff. */
export interface SlotView {
  slot: number;
  state: string;
  powerBankId: string | null;
  chargePercent: number | null;
  temperatureC: number | null;
  /** By the station's own word. */
  isLocked: boolean;
  fault: string | null;
  /** What commands proved of it: nothing comes out, or quarantined because nobody can say. */
  mark: "not_out" | "unknown" | null;
  /** Ejects that failed here. */
  failures: number;
  /** A lease or an undecided eject holds it. */
  isTaken: boolean;
}

/** An event as the object has it on record. */
export interface StationEvent {
  bootId: string;
  seq: number;
  type: string;
  atMs: number;
  receivedAtMs: number;
  /** False: the station's own time could not be right. */
  isPlausible: boolean;
  /** The frame as it came. */
  body: string;
}

/** What the object knows of its station at this moment. */
export interface StationView {
  isConfigured: boolean;
  isOnline: boolean;
  /** Last contact, ms; 0 = never. */
  seenAtMs: number;
  freeBanks: number;
  freeSlots: number;
  slots: SlotView[];
}

/** What the station's record says when a renter says that a bank is there. */
export interface ReturnSighting {
  isOnline: boolean;
  /** Online, and no slot takes a bank. */
  isFull: boolean;
  /** The slot that holds the bank; null when no report shows it. */
  slot: number | null;
}

export type LiveStatus =
  | "awaiting_payment"
  | "payment_received"
  | "ejecting"
  | "take_your_bank"
  | "active"
  | "due"
  | RentalClosing;

/** How a rental ended, as its origin hears of it. */
export type RentalClosing = "returned" | "cancelled" | "lost";

export interface StationPort {
  /** Reserves the best slot for a rental that waits for money; at most one lease per rental. */
  lease(stationId: Id<"stn">, input: { rentalId: Id<"rnt">; untilMs: number }): Promise<LeaseResult>;
  /** Gives a lease back; nothing to give back is fine. Listeners hear `cancelled` with the reason. */
  release(stationId: Id<"stn">, input: { rentalId: Id<"rnt">; reason: string }): Promise<void>;
  /** Stores the eject intent and hands it to a live connection, once. `notAfterMs`: 3 minutes after the renter's own last action. */
  dispense(
    stationId: Id<"stn">,
    input: { rentalId: Id<"rnt">; notAfterMs: number; wasPaid: boolean },
  ): Promise<DispenseResult>;
  rentalState(stationId: Id<"stn">, rentalId: Id<"rnt">): Promise<RentalAtStation>;
  /** The rental ended anywhere: timers go, listeners hear of it. */
  closed(stationId: Id<"stn">, input: { rentalId: Id<"rnt">; status: RentalClosing; atMs: number }): Promise<void>;
  /** The rental has another end: its timer asks at `nextAskAtMs`, listeners hear of it. A rental unknown here stays so. */
  renew(stationId: Id<"stn">, input: { rentalId: Id<"rnt">; dueAtMs: number; nextAskAtMs: number }): Promise<void>;
  /** Takes a newer version of keys and settings; answers the version it holds. */
  configure(
    stationId: Id<"stn">,
    input: { version: number; keys: StationKey[]; settings: StationSettings },
  ): Promise<{ version: number }>;
  /** Something came in from the vendor's side of a cabinet; stored when it is answered. Ignored by other stations. */
  hear(stationId: Id<"stn">, notice: VendorNotice): Promise<void>;
  /** Idempotent by `commandId`: what became of it is answered again. The answer may be `sent`: ask commandState. */
  command(stationId: Id<"stn">, input: StationCommand): Promise<StationCommandState>;
  /** Null: no such command, or it is older than a week. */
  commandState(stationId: Id<"stn">, commandId: Id<"cmd">): Promise<StationCommandState | null>;
  /** Reads only. */
  inspect(stationId: Id<"stn">): Promise<StationView>;
  /** What the station told of a bank within a time, and its starts and alerts. Reads only; old events are pruned. */
  evidence(
    stationId: Id<"stn">,
    input: { powerBankId: string | null; fromMs: number; toMs: number },
  ): Promise<StationEvent[]>;
  /** Looks for a bank, asks the station for an inventory if it must, and has told what it knows of the bank when it answers. */
  seek(stationId: Id<"stn">, input: { powerBankId: string }): Promise<ReturnSighting>;
  /** Re-arms a lost alarm and runs what is due. */
  wake(stationId: Id<"stn">): Promise<void>;
}

/** What is not a call: requests of stations and of listeners, passed to the object as they are. */
export interface StationWire {
  /** A station's own request; the object authenticates it. Errors are `{code}` with their status. */
  pass(stationId: Id<"stn">, request: Request): Promise<Response>;
  /** A listener of one rental, whose ticket the caller has verified; the object takes each ticket once. */
  listen(
    stationId: Id<"stn">,
    input: { rentalId: Id<"rnt">; ticketId: Id<"tkt">; expiresAtMs: number },
  ): Promise<Response>;
}

/** Names one station event for ever: `<station>:<bootId>:<seq>` is its custody event key. */
export interface EventName {
  bootId: string;
  seq: number;
}

/** What an object delivers from its outbox, each until accepted. */
export type StationReport =
  /** Proof that the bank left: by the station's word or by its inventory. */
  | {
      verb: "bank_out";
      rentalId: Id<"rnt">;
      commandId: Id<"cmd">;
      powerBankId: string;
      slot: number;
      atMs: number;
      commandExpiresAtMs: number;
      event: EventName;
    }
  /** Proof that nothing left, after at most three slots; or the lease or the command ran out. */
  | {
      verb: "not_dispensed";
      rentalId: Id<"rnt">;
      reason: "not_out" | "no_power_bank" | "station_offline" | "lease_expired";
    }
  /** Nobody could say for ten minutes. */
  | { verb: "eject_unknown"; rentalId: Id<"rnt">; powerBankId: string; slot: number }
  /** A bank is in a slot; `receivedAtMs` is the server's time, `atMs` the time that counts. */
  | {
      verb: "bank_in";
      powerBankId: string;
      slot: number;
      atMs: number;
      receivedAtMs: number;
      /** False: the station's clock proves nothing, and `atMs` is the earliest that the record allows. */
      isDated?: boolean;
      event: EventName;
      evidence: "event" | "inventory";
    }
  /** A bank left its slot and no command explains it: taken by force, or rented behind our back. */
  | { verb: "bank_taken"; powerBankId: string; slot: number; atMs: number; event: EventName }
  /** An eject did not do what it should; `slot` is the one that was meant. Counted once, by its command. */
  | {
      verb: "eject_failed";
      commandId: Id<"cmd">;
      powerBankId: string;
      slot: number;
      kind: "not_out" | "unknown" | "wrong_slot";
      atMs: number;
    }
  /** The station cried out. */
  | { verb: "station_alert"; alert: string; slot: number | null; detail: string | null; atMs: number; event: EventName }
  /** The due time has come; the answer says what the rental is now. */
  | { verb: "rental_due"; rentalId: Id<"rnt"> }
  | { verb: "projection" };

export interface StationDelivery {
  stationId: Id<"stn">;
  report: StationReport;
  projection: StationProjection;
}

export type DeliveryResult =
  /** Done, or done before; the row may go. `dueAtMs` is set by bank_out and rental_due while the rental is open, and so is
      `nextAskAtMs`, when its timer asks again. */
  | {
      status: "accepted";
      rental?: { rentalId: Id<"rnt">; status: string; dueAtMs: number | null; nextAskAtMs?: number | null };
      /** Set by bank_in. */
      bank?: FleetBank;
    }
  /** A business rule says never; the row is parked and shown to staff. */
  | { status: "refused"; reason: string };

export interface ControlPlane {
  deliver(delivery: StationDelivery): Promise<DeliveryResult>;
}

/** The vendors' keys are the Worker's: an object reaches its cabinet through it. Nothing is repeated on the way. */
export interface VendorGate {
  read(input: { driver: VendorName; vendorId: string }): Promise<VendorReading>;
  eject(input: {
    driver: VendorName;
    vendorId: string;
    slot: number;
    powerBankId: string;
    issuedAtMs: number;
    expiresAtMs: number;
  }): Promise<VendorAnswer>;
  operate(input: {
    driver: VendorName;
    vendorId: string;
    order: { kind: "restart" } | { kind: "lock" | "unlock" | "open"; slot: number };
  }): Promise<VendorAnswer>;
}
