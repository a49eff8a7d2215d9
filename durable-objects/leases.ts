// A slot that waits for money: at most one per rental, until its time or until the rental is dispensed or cancelled.
import type { Id } from "../src/lib/ids.ts";
import type { LeaseResult } from "../src/stations/port.ts";
import { chooseSlot } from "./choice.ts";
import { readDue, setDue, setOver } from "./due.ts";
import { enqueue } from "./outbox-rows.ts";
import { readSlots, withheldSlots } from "./slot-rows.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

export interface LeaseRow extends Record<string, SqlStorageValue> {
  rental_id: string;
  slot: number;
  until_ms: number;
}

export const readLease = (sql: Sql, rentalId: string): LeaseRow | undefined =>
  sql.first<LeaseRow>("select * from leases where rental_id = ?", rentalId);

export const lease = (turn: Turn, input: { rentalId: Id<"rnt">; untilMs: number }): LeaseResult => {
  const { sql, settings } = turn;
  const existing = readLease(sql, input.rentalId);
  if (existing) return { status: "leased", slot: existing.slot, expiresAtMs: existing.until_ms };
  // It is over, or on its way out already: nothing is reserved for it again.
  if (readDue(sql, input.rentalId)) return { status: "no_power_bank" };
  if (!settings.isInService) return { status: "station_unavailable" };
  if (!turn.link.isLive) return { status: "station_offline" };
  const slot = chooseSlot(readSlots(sql), settings, withheldSlots(turn));
  if (!slot) return { status: "no_power_bank" };
  sql.run("insert into leases (rental_id, slot, until_ms) values (?, ?, ?)", input.rentalId, slot.slot, input.untilMs);
  setDue(turn, input.rentalId, "lease", input.untilMs);
  turn.told.push({ rentalId: input.rentalId, message: { type: "state", status: "awaiting_payment", slot: slot.slot } });
  return { status: "leased", slot: slot.slot, expiresAtMs: input.untilMs };
};

export const dropLease = (turn: Turn, rentalId: string): void =>
  turn.sql.run("delete from leases where rental_id = ?", rentalId);

/** Nothing to give back is fine. A rental that has a command is beyond giving back. */
export const release = (turn: Turn, input: { rentalId: Id<"rnt">; reason: string }): void => {
  if (readLease(turn.sql, input.rentalId)) {
    dropLease(turn, input.rentalId);
    setOver(turn, input.rentalId, `cancelled:${input.reason}`);
  } else if (readDue(turn.sql, input.rentalId)) {
    return;
  } else {
    // Never heard of: a dispense that is still on its way finds it over.
    setOver(turn, input.rentalId, `cancelled:${input.reason}`);
  }
  turn.told.push({ rentalId: input.rentalId, message: { type: "state", status: "cancelled", reason: input.reason } });
};

/** The lease's time is over. From here on this rental is never dispensed. */
export const expireLease = (turn: Turn, rentalId: Id<"rnt">): void => {
  dropLease(turn, rentalId);
  setOver(turn, rentalId, "lease_expired");
  enqueue(turn, { verb: "not_dispensed", rentalId, reason: "lease_expired" });
};
