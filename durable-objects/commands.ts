// Ejects. The intent is stored before the command leaves; it is handed to a transport once, and only to a connection
// proved live. What became of it is decided by verdict.ts; here it is issued, asked about, and given up.
import { MINUTE_MS, SECOND_MS } from "../src/lib/clock.ts";
import type { Id } from "../src/lib/ids.ts";
import type { DispenseResult } from "../src/stations/port.ts";
import { latestBoot } from "./boots.ts";
import { chooseSlot, isRentable, type Candidate } from "./choice.ts";
import { readDue, setDue, setOver, type DueRow } from "./due.ts";
import { dropLease, readLease } from "./leases.ts";
import { enqueue } from "./outbox-rows.ts";
import { readSlots, withheldSlots } from "./slot-rows.ts";
import { markSlot } from "./slots.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

export const LIFETIME_MS = 30 * SECOND_MS;
/** Hardware shows the bank for 3 to 5 s after it left; a snapshot taken earlier than this after the eject decides nothing. */
export const SETTLED_AFTER_MS = 10 * SECOND_MS;
export const GIVE_UP_AFTER_MS = 10 * MINUTE_MS;
const ATTEMPTS = 3;
/** Between the questions after the first: the station may be slow, its network slower. */
const ASK_AGAIN_MS = [10, 20, 40, 80, 120].map((seconds) => seconds * SECOND_MS);

/**
 * `open`: undecided. `unknown`: undecided for so long that the rental was cancelled; a later proof still counts.
 * `answer` is the station's word, or `forgotten`: it rebooted and does not remember the command.
 */
export interface CommandRow extends Record<string, SqlStorageValue> {
  rental_id: Id<"rnt">;
  attempt: number;
  command_id: Id<"cmd">;
  slot: number;
  power_bank_id: string;
  issued_at_ms: number;
  expires_at_ms: number;
  not_after_ms: number;
  sent_at_ms: number | null;
  /** The boot that was running when it was sent. */
  sent_ord: number | null;
  answer: "not_out" | "unknown" | "out" | "forgotten" | null;
  /** No earlier than the answer was made; and how often a snapshot had been asked for by then. */
  answered_at_ms: number | null;
  answered_step: number | null;
  /** The last question that left. */
  asked_step: number;
  state: "open" | "unknown" | "out" | "not_out";
  out_ord: number | null;
  out_seq: number | null;
  out_at_ms: number | null;
}

export const isUndecided = (command: CommandRow): boolean => command.state === "open" || command.state === "unknown";

export const lastCommand = (sql: Sql, rentalId: string): CommandRow | undefined =>
  sql.first<CommandRow>("select * from commands where rental_id = ? order by attempt desc limit 1", rentalId);

export const undecided = (sql: Sql): CommandRow[] =>
  sql.all<CommandRow>("select * from commands where state in ('open', 'unknown') order by issued_at_ms");

/** Idempotent by rental: whatever was begun or decided for it is answered again. */
export const dispense = (
  turn: Turn,
  input: { rentalId: Id<"rnt">; notAfterMs: number; wasPaid: boolean },
): DispenseResult => {
  const { sql, settings, nowMs } = turn;
  const { rentalId, notAfterMs } = input;
  const earlier = lastCommand(sql, rentalId);
  if (earlier?.state === "open") return { status: "ejecting", slot: earlier.slot, commandId: earlier.command_id };
  if (earlier) return { status: earlier.state };
  const due = readDue(sql, rentalId);
  if (due?.what === "forget") return { status: "not_out" };
  if (nowMs >= notAfterMs) return { status: "too_late" };
  if (!settings.isInService) return { status: "station_unavailable" };
  if (!turn.link.isLive) return { status: "station_offline" };
  const leased = readLease(sql, rentalId);
  const slots = readSlots(sql);
  const reserved = slots.find((slot) => slot.slot === leased?.slot);
  const slot = reserved && isRentable(reserved, settings) ? reserved : chooseSlot(slots, settings, withheldSlots(turn));
  if (!slot) return { status: "no_power_bank" };
  if (leased) dropLease(turn, rentalId);
  if (input.wasPaid)
    turn.told.push({ rentalId, message: { type: "state", status: "payment_received", slot: slot.slot } });
  return { status: "ejecting", slot: slot.slot, commandId: issue(turn, rentalId, 1, slot, notAfterMs) };
};

const issue = (turn: Turn, rentalId: Id<"rnt">, attempt: number, slot: Candidate, notAfterMs: number): Id<"cmd"> => {
  const commandId = turn.ids.next("cmd");
  const expiresAtMs = Math.min(turn.nowMs + LIFETIME_MS, notAfterMs);
  const sentAtMs = turn.link.isOpen ? turn.nowMs : null;
  turn.sql.run(
    `insert into commands (rental_id, attempt, command_id, slot, power_bank_id, issued_at_ms, expires_at_ms, not_after_ms, sent_at_ms,
       sent_ord, state) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')`,
    rentalId,
    attempt,
    commandId,
    slot.slot,
    slot.power_bank_id,
    turn.nowMs,
    expiresAtMs,
    notAfterMs,
    sentAtMs,
    sentAtMs === null ? null : (latestBoot(turn.sql)?.ord ?? 0),
  );
  setDue(turn, rentalId, "eject", sentAtMs === null ? expiresAtMs : sentAtMs + SETTLED_AFTER_MS);
  if (sentAtMs !== null) {
    turn.commands.push({
      type: "eject",
      commandId,
      slot: slot.slot,
      powerBankId: slot.power_bank_id!,
      expiresAt: expiresAtMs,
    });
  }
  turn.told.push({ rentalId, message: { type: "state", status: "ejecting", slot: slot.slot } });
  return commandId;
};

/** Hands what waits for a poll to the poll that is open now; each once, and no eject that expired. */
export const handWaiting = (turn: Turn): void => {
  if (!turn.link.isOpen) return;
  askAgain(turn);
  const waiting = turn.sql.all<CommandRow>(
    "select * from commands where state = 'open' and sent_at_ms is null and expires_at_ms > ?",
    turn.nowMs,
  );
  for (const command of waiting) {
    turn.sql.run(
      "update commands set sent_at_ms = ?, sent_ord = ? where rental_id = ? and attempt = ?",
      turn.nowMs,
      latestBoot(turn.sql)?.ord ?? 0,
      command.rental_id,
      command.attempt,
    );
    setDue(turn, command.rental_id, "eject", turn.nowMs + SETTLED_AFTER_MS);
    turn.commands.push({
      type: "eject",
      commandId: command.command_id,
      slot: command.slot,
      powerBankId: command.power_bank_id,
      expiresAt: command.expires_at_ms,
    });
  }
};

/** A station that polls without waiting there was not reached when its time had come. */
const askAgain = (turn: Turn): void => {
  const unasked = turn.sql.all<CommandRow & { step: number }>(
    `select c.*, d.step from commands c join due d on d.rental_id = c.rental_id and d.what = 'eject'
     where c.state = 'open' and c.sent_at_ms is not null and c.asked_step < d.step`,
  );
  for (const command of unasked) ask(turn, command, command.step);
};

const ask = (turn: Turn, { command_id, rental_id, attempt }: CommandRow, step: number): void => {
  turn.commands.push({ type: "refresh", commandId: `${command_id}.${step}` });
  turn.sql.run("update commands set asked_step = ? where rental_id = ? and attempt = ?", step, rental_id, attempt);
};

/** Counted against the slot and the bank, by Postgres: there it is known what both did elsewhere. */
export const reportFailure = (turn: Turn, command: CommandRow, kind: "not_out" | "unknown" | "wrong_slot"): void =>
  enqueue(turn, {
    verb: "eject_failed",
    commandId: command.command_id,
    powerBankId: command.power_bank_id,
    slot: command.slot,
    kind,
    atMs: turn.nowMs,
  });

/** Proof that nothing left: the next best slot, at most three in all and in time; else the rental ends. */
export const tryNext = (turn: Turn, command: CommandRow, wasSent: boolean): void => {
  const { sql } = turn;
  const wasGivenUp = command.state === "unknown";
  sql.run(
    "update commands set state = 'not_out' where rental_id = ? and attempt = ?",
    command.rental_id,
    command.attempt,
  );
  if (wasSent) {
    markSlot(turn, command.slot, "not_out");
    reportFailure(turn, command, "not_out");
  }
  // Once the rental is over nothing more is tried or told for it.
  if (wasGivenUp || isOver(sql, command.rental_id))
    return setOver(turn, command.rental_id, readDue(sql, command.rental_id)?.detail ?? "eject_unknown");
  const end = (reason: "not_out" | "no_power_bank" | "station_offline"): void => {
    setOver(turn, command.rental_id, reason);
    enqueue(turn, { verb: "not_dispensed", rentalId: command.rental_id, reason });
  };
  if (!turn.link.isLive) return end("station_offline");
  if (command.attempt >= ATTEMPTS || turn.nowMs >= command.not_after_ms || !turn.settings.isInService)
    return end("not_out");
  const slot = chooseSlot(readSlots(sql), turn.settings, withheldSlots(turn));
  if (!slot) return end("no_power_bank");
  issue(turn, command.rental_id, command.attempt + 1, slot, command.not_after_ms);
};

/** The next look at a command: ask for a fresh snapshot, or give up. */
export const lookAt = (turn: Turn, row: DueRow): void => {
  const command = lastCommand(turn.sql, row.rental_id);
  // Decided, and its delivery is on the way: the answer sets what comes next.
  if (!command || command.state !== "open") return turn.sql.run("delete from due where rental_id = ?", row.rental_id);
  if (command.sent_at_ms === null) return tryNext(turn, command, false);
  const giveUpAtMs = command.sent_at_ms + GIVE_UP_AFTER_MS;
  if (turn.nowMs >= giveUpAtMs) return giveUp(turn, command);
  // Who makes no events of its own is asked whatever was heard of it last: the question is how anything is heard.
  if (turn.link.isOpen || !turn.can.reportsEvents) ask(turn, command, row.step + 1);
  const wait = ASK_AGAIN_MS[Math.min(row.step, ASK_AGAIN_MS.length - 1)]!;
  setDue(turn, row.rental_id, "eject", Math.min(turn.nowMs + wait, giveUpAtMs), row.detail, row.step + 1);
};

/** Closed from outside while a command was undecided: its timers go on, with how it was closed as their detail. */
const isOver = (sql: Sql, rentalId: string): boolean => {
  const due = readDue(sql, rentalId);
  return due !== undefined && (due.what === "forget" || (due.what === "eject" && due.detail !== null));
};

const giveUp = (turn: Turn, command: CommandRow): void => {
  const { sql } = turn;
  sql.run(
    "update commands set state = 'unknown' where rental_id = ? and attempt = ?",
    command.rental_id,
    command.attempt,
  );
  markSlot(turn, command.slot, "unknown");
  reportFailure(turn, command, "unknown");
  if (isOver(sql, command.rental_id))
    return setOver(turn, command.rental_id, readDue(sql, command.rental_id)?.detail ?? "cancelled");
  setOver(turn, command.rental_id, "eject_unknown");
  enqueue(turn, {
    verb: "eject_unknown",
    rentalId: command.rental_id,
    powerBankId: command.power_bank_id,
    slot: command.slot,
  });
  turn.log.write("error", "alert", {
    alert: "eject_unknown",
    stationId: turn.stationId,
    rentalId: command.rental_id,
    slot: command.slot,
  });
};
