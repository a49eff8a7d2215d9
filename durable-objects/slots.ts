// What sits where. A report changes a slot only when it was taken later than what is known; a bank newly seen is reported
// to custody, whoever it belongs to. While a command is undecided its verdict, not the report, says whether its bank left.
import { SECOND_MS } from "../src/lib/clock.ts";
import type { SlotRow } from "./choice.ts";
import { leftAlone } from "./departures.ts";
import { enqueue } from "./outbox-rows.ts";
import type { SlotReport } from "./protocol.ts";
import { blankSlot, departed, goneSince, nothing, readSlot, writeSlot } from "./slot-rows.ts";
import type { Sql } from "./sql.ts";
import { isLater, type Accepted, type Place, type Turn } from "./turn.ts";

/** Hardware shows a bank for some seconds after it left. */
const SETTLE_MS = 10 * SECOND_MS;

/** The newest inventory but this event itself; every slot is known at least as of then. */
export const lastInventory = (sql: Sql, but: Place): Place => {
  let last: Place = { ord: 0, seq: 0 };
  // Boot by boot from its newest event: an inventory is never far, and the events of months are not gone through.
  for (const { boot_id, ord } of sql.all<{ boot_id: string; ord: number }>(
    "select boot_id, ord from boots order by ord desc",
  )) {
    if (ord < last.ord) break;
    const found = sql.first<{ seq: number }>(
      "select seq from events where boot_id = ? and type = 'inventory' and seq <> ? order by seq desc limit 1",
      boot_id,
      ord === but.ord ? but.seq : 0,
    );
    if (found) last = { ord, seq: Math.max(found.seq, last.seq) };
  }
  return last;
};

export const isStale = (known: SlotRow | undefined, inventory: Place, event: Place): boolean =>
  isLater(inventory, event) || (known !== undefined && isLater(known, event));

/** What a report says of the bank: an id, surely nothing, or that it cannot be read. */
export const seenBank = (report: SlotReport): { bank: string | null } | "unreadable" =>
  report.powerBankId !== null ? { bank: report.powerBankId } : report.state === "empty" ? { bank: null } : "unreadable";

/** The bank of the last departure is shown, and nothing proves that it came back. */
const isGhost = (known: SlotRow, bank: string, event: Accepted): boolean =>
  known.left_bank_id === bank &&
  known.was_seen_empty === 0 &&
  !(isLater(event, { ord: known.left_ord!, seq: known.left_seq! }) && event.atMs >= known.left_at_ms! + SETTLE_MS);

/** One slot as an inventory or a slot event shows it. `heldBy`: the bank of an undecided command. */
export const applyReport = (
  turn: Turn,
  report: SlotReport,
  event: Accepted,
  isInventory: boolean,
  heldBy: string | null,
): void => {
  const old = readSlot(turn.sql, report.slot);
  const known = old ?? blankSlot(report.slot);
  const seen = seenBank(report);
  const row: SlotRow = {
    ...known,
    state: report.state,
    charge_percent: report.chargePercent,
    millivolts: report.millivolts,
    temperature_c: report.temperatureC,
    is_locked: report.locked ? 1 : 0,
    fault: report.fault,
    raw_code: report.rawCode,
    ord: event.ord,
    seq: event.seq,
  };
  if (heldBy !== null) {
    row.power_bank_id = heldBy;
  } else if (seen !== "unreadable") {
    row.power_bank_id = seen.bank;
    if (seen.bank === null) {
      if (known.left_bank_id !== null) row.was_seen_empty = 1;
      if (known.power_bank_id !== null) {
        const was_taken = leftAlone(turn, known.slot, known.power_bank_id, event) ? 1 : 0;
        Object.assign(row, goneSince(known.power_bank_id, event), { was_seen_empty: 1, was_taken });
      }
      if (known.mark === "not_out") row.mark = null;
    } else if (seen.bank !== known.power_bank_id) {
      if (isGhost(known, seen.bank, event)) {
        Object.assign(row, nothing);
      } else {
        if (known.power_bank_id !== null) leftAlone(turn, known.slot, known.power_bank_id, event);
        Object.assign(row, departed);
        clearElsewhere(turn, seen.bank, report.slot);
        reportIn(turn, seen.bank, report.slot, event, "inventory");
      }
    }
  }
  const isSame = (Object.keys(row) as (keyof SlotRow)[]).every(
    (key) => key === "ord" || key === "seq" || row[key] === known[key],
  );
  if (!old || !isSame || !isInventory) writeSlot(turn, row);
};

/** The station says that a bank came in; it is reported whatever the slot was thought to hold. */
export const applyReturn = (
  turn: Turn,
  slot: number,
  bank: string,
  chargePercent: number | null,
  event: Accepted,
  isNewest: boolean,
): void => {
  reportIn(turn, bank, slot, event, "event");
  if (!isNewest) return;
  clearElsewhere(turn, bank, slot);
  const known = readSlot(turn.sql, slot) ?? blankSlot(slot);
  writeSlot(turn, {
    ...known,
    ...departed,
    state: "ok",
    power_bank_id: bank,
    charge_percent: chargePercent,
    millivolts: null,
    temperature_c: null,
    fault: null,
    ord: event.ord,
    seq: event.seq,
  });
};

/**
 * A command's bank left: what is shown for the next seconds is no return. `isSeen`: a snapshot showed the slot empty.
 * `isHeld`: the slot waited for this verdict; else a later report has the last word.
 */
export const applyDeparture = (
  turn: Turn,
  slot: number,
  bank: string,
  event: Accepted,
  isSeen: boolean,
  isHeld: boolean,
): void => {
  turn.sql.run(
    "insert into banks (power_bank_id, ejects) values (?, 1) on conflict (power_bank_id) do update set ejects = ejects + 1",
    bank,
  );
  const known = readSlot(turn.sql, slot) ?? blankSlot(slot);
  if (!isHeld && isLater(known, event)) {
    turn.sql.run("update slots set was_taken = 0 where slot = ? and left_bank_id = ?", slot, bank);
    return;
  }
  writeSlot(turn, {
    ...known,
    ...nothing,
    ord: Math.max(known.ord, event.ord),
    seq: isLater(event, known) ? event.seq : known.seq,
    ...goneSince(bank, event),
    was_seen_empty: isSeen ? 1 : 0,
    was_taken: 0,
    mark: null,
  });
};

/** A command proved something bad of a slot, or lifted its quarantine. */
export const markSlot = (turn: Turn, slot: number, mark: "not_out" | "unknown"): void =>
  turn.sql.run(
    "update slots set mark = ?2, failures = failures + ?3 where slot = ?1",
    slot,
    mark,
    mark === "not_out" ? 1 : 0,
  );

/** A bank is in one place: where it was thought to be, it is not. */
const clearElsewhere = (turn: Turn, bank: string, slot: number): void =>
  turn.sql.run(
    `update slots set power_bank_id = null, state = 'empty', charge_percent = null where power_bank_id = ?1 and slot <> ?2
       and not exists (select 1 from commands c where c.slot = slots.slot and c.state in ('open', 'unknown'))`,
    bank,
    slot,
  );

const reportIn = (turn: Turn, bank: string, slot: number, event: Accepted, evidence: "event" | "inventory"): void => {
  const startedAtMs = turn.sql.first<{ at: number | null }>(
    "select max(out_at_ms) as at from commands where power_bank_id = ?1 and state = 'out' and (out_ord < ?2 or (out_ord = ?2 and out_seq < ?3))",
    bank,
    event.ord,
    event.seq,
  )?.at;
  enqueue(turn, {
    verb: "bank_in",
    powerBankId: bank,
    slot,
    atMs: Math.max(event.atMs, startedAtMs ?? 0),
    receivedAtMs: event.receivedAtMs,
    ...(event.isPlausible ? {} : { isDated: false }),
    event: { bootId: event.bootId, seq: event.seq },
    evidence,
  });
};
