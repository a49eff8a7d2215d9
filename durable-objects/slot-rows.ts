// The object's record of its slots: one row each, with the last bank that left it.
import { MINUTE_MS } from "../src/lib/clock.ts";
import type { Candidate, SlotRow } from "./choice.ts";
import { isFree, isRentable } from "./choice.ts";
import type { Sql } from "./sql.ts";
import type { Accepted, Turn } from "./turn.ts";

export const readSlots = (sql: Sql): Candidate[] =>
  sql.all<Candidate>(
    "select s.*, coalesce(b.ejects, 0) as ejects, coalesce(b.is_held, 0) as is_held from slots s left join banks b on b.power_bank_id = s.power_bank_id order by s.slot",
  );

export const readSlot = (sql: Sql, slot: number): SlotRow | undefined =>
  sql.first<SlotRow>("select * from slots where slot = ?", slot);

/** Slots that a lease or an undecided command holds. */
export const takenSlots = (sql: Sql): Set<number> =>
  new Set(
    sql
      .all<{ slot: number }>(
        "select slot from leases union select slot from commands where state in ('open', 'unknown')",
      )
      .map((row) => row.slot),
  );

/** Hardware shows a bank for some seconds after it left, and tells of it when it can. */
const OPENED_FOR_MS = MINUTE_MS;

/** Slots of which nobody is given a bank: those, and the ones that staff have just opened. */
export const withheldSlots = ({ sql, nowMs }: Turn): Set<number> => {
  const opened = sql.all<{ slot: number }>(
    `select slot from staff_commands where kind = 'open' and (result is null or result = 'ok')
       and coalesce(sent_at_ms, issued_at_ms) > ?`,
    nowMs - OPENED_FOR_MS,
  );
  return takenSlots(sql).union(new Set(opened.map(({ slot }) => slot)));
};

export const count = (turn: Turn): { freeBanks: number; freeSlots: number } => {
  const slots = readSlots(turn.sql);
  const taken = takenSlots(turn.sql);
  const { settings } = turn;
  return {
    freeBanks: settings.isInService
      ? slots.filter((slot) => !taken.has(slot.slot) && isRentable(slot, settings)).length
      : 0,
    freeSlots: slots.filter((slot) => isFree(slot, settings)).length,
  };
};

export const writeSlot = (turn: Turn, row: SlotRow): void =>
  turn.sql.run(
    `insert into slots (slot, state, power_bank_id, charge_percent, millivolts, temperature_c, is_locked, fault, raw_code, ord, seq,
       left_bank_id, left_ord, left_seq, left_at_ms, was_seen_empty, was_taken, mark, failures)
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
     on conflict (slot) do update set state = ?2, power_bank_id = ?3, charge_percent = ?4, millivolts = ?5, temperature_c = ?6,
       is_locked = ?7, fault = ?8, raw_code = ?9, ord = ?10, seq = ?11, left_bank_id = ?12, left_ord = ?13, left_seq = ?14,
       left_at_ms = ?15, was_seen_empty = ?16, was_taken = ?17, mark = ?18, failures = ?19`,
    row.slot,
    row.state,
    row.power_bank_id,
    row.charge_percent,
    row.millivolts,
    row.temperature_c,
    row.is_locked,
    row.fault,
    row.raw_code,
    row.ord,
    row.seq,
    row.left_bank_id,
    row.left_ord,
    row.left_seq,
    row.left_at_ms,
    row.was_seen_empty,
    row.was_taken,
    row.mark,
    row.failures,
  );

export const blankSlot = (slot: number): SlotRow => ({
  slot,
  state: "empty",
  power_bank_id: null,
  charge_percent: null,
  millivolts: null,
  temperature_c: null,
  is_locked: 0,
  fault: null,
  raw_code: null,
  ord: 0,
  seq: 0,
  left_bank_id: null,
  left_ord: null,
  left_seq: null,
  left_at_ms: null,
  was_seen_empty: 0,
  was_taken: 0,
  mark: null,
  failures: 0,
});

/** Nothing left it since what is in it came. */
export const departed = {
  left_bank_id: null,
  left_ord: null,
  left_seq: null,
  left_at_ms: null,
  was_seen_empty: 0,
  was_taken: 0,
} as const;
export const nothing = {
  state: "empty",
  power_bank_id: null,
  charge_percent: null,
  millivolts: null,
  temperature_c: null,
} as const;

export const goneSince = (bank: string, event: Accepted) => ({
  left_bank_id: bank,
  left_ord: event.ord,
  left_seq: event.seq,
  // A bound that is surely not too early, so that a ghost is never taken for a return.
  left_at_ms: event.isPlausible ? event.atMs : event.receivedAtMs,
});
