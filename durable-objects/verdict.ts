// Did the bank leave? Decided from evidence alone, never from silence. The station's `out` is proof. A snapshot proves
// something only when it was taken 10 s or more after the eject was sent: the bank is gone -> out; the bank is there 10 s after
// the station refused the command or showed that it forgot it -> not out: it may have moved at that very moment, and is shown
// for some seconds more. Everything else stays undecided.
import { applyDeparture, markSlot, seenBank } from "./slots.ts";
import { enqueue } from "./outbox-rows.ts";
import { leftBeside, untellTaken } from "./beside.ts";
import { readDue } from "./due.ts";
import {
  isUndecided,
  GIVE_UP_AFTER_MS,
  reportFailure,
  SETTLED_AFTER_MS,
  tryNext,
  undecided,
  type CommandRow,
} from "./commands.ts";
import { weighAnswer } from "./staff-commands.ts";
import type { z } from "zod";
import type { EventFrame, RememberedCommand, SlotReport } from "./protocol.ts";
import type { Accepted, Turn } from "./turn.ts";

type Ejected = Extract<EventFrame, { type: "ejected" }>;

const readCommand = (turn: Turn, commandId: string): CommandRow | undefined =>
  turn.sql.first<CommandRow>("select * from commands where command_id = ?", commandId);

const setAnswer = (turn: Turn, command: CommandRow, answer: CommandRow["answer"], event: Accepted): void => {
  command.answer = answer;
  // Surely not too early, whatever the station's clock.
  command.answered_at_ms = event.isPlausible ? event.atMs : event.receivedAtMs;
  const due = readDue(turn.sql, command.rental_id);
  command.answered_step = due?.what === "eject" ? due.step : 0;
  turn.sql.run(
    "update commands set answer = ?, answered_at_ms = ?, answered_step = ? where rental_id = ? and attempt = ?",
    answer,
    command.answered_at_ms,
    command.answered_step,
    command.rental_id,
    command.attempt,
  );
  if (command.state !== "open" || (answer !== "not_out" && answer !== "forgotten")) return;
  // The next question is asked when its answer can prove something, no earlier and no later, unless it is given up before.
  const sentAtMs = command.sent_at_ms ?? turn.nowMs;
  const provesAtMs = Math.max(sentAtMs, command.answered_at_ms) + SETTLED_AFTER_MS;
  const askAtMs = Math.max(turn.nowMs, Math.min(provesAtMs, sentAtMs + GIVE_UP_AFTER_MS));
  turn.sql.run("update due set at_ms = ? where rental_id = ? and what = 'eject'", askAtMs, command.rental_id);
};

/** The station's own word on one command. */
export const weighEjected = (turn: Turn, frame: Ejected, event: Accepted): void => {
  const command = readCommand(turn, frame.commandId);
  if (!command) {
    turn.log.write("error", "alert", {
      alert: "ejected_without_command",
      stationId: turn.stationId,
      slot: frame.slot,
      powerBankId: frame.powerBankId,
    });
    return;
  }
  if (frame.result === "out") {
    // Also after `not_out` was proved: two banks out are two facts, and Postgres decides what each means.
    if (command.state !== "out")
      concludeOut(turn, command, event, frame.slot, frame.powerBankId ?? command.power_bank_id, false);
    return;
  }
  if (!isUndecided(command) || command.answer === "not_out") return;
  if (frame.result === "unknown")
    return command.answer === null ? setAnswer(turn, command, "unknown", event) : undefined;
  if (wasGoneBefore(turn, command)) return tryNext(turn, command, true);
  setAnswer(turn, command, "not_out", event);
};

/** The record shows that the slot had lost the bank before the command was made: there was nothing to eject. */
const wasGoneBefore = (turn: Turn, command: CommandRow): boolean =>
  turn.sql
    .all<{ body: string }>(
      "select body from events where type = 'slot' and is_plausible = 1 and at_ms < ?1 and at_ms >= ?1 - 600000 and received_at_ms >= ?1",
      command.issued_at_ms,
    )
    .some(({ body }) => {
      const report = JSON.parse(body) as SlotReport;
      return (
        report.slot === command.slot &&
        report.powerBankId !== command.power_bank_id &&
        seenBank(report) !== "unreadable"
      );
    });

/** The list of results a station keeps across reboots: in a hello and in every inventory. */
export const weighMemory = (turn: Turn, remembered: z.infer<typeof RememberedCommand>[], event: Accepted): void => {
  for (const { commandId, result } of remembered) {
    if (result === "ok" || result === "failed") weighAnswer(turn, commandId, result);
  }
  for (const command of undecided(turn.sql)) {
    if (command.sent_at_ms === null || command.answer === "not_out") continue;
    const memory = remembered.find((entry) => entry.commandId === command.command_id);
    const hasRebooted = event.ord > (command.sent_ord ?? 0);
    if (memory?.result === "out" || memory?.result === "not_out") {
      if (command.answer !== memory.result) setAnswer(turn, command, memory.result, event);
    } else if (!memory && hasRebooted && command.answer !== "forgotten") {
      setAnswer(turn, command, "forgotten", event);
    }
  }
};

/** One slot of a snapshot, weighed for the command that waits for it. Returns the bank that is still undecided there. */
export const weighSnapshot = (
  turn: Turn,
  report: SlotReport,
  event: Accepted,
  refreshId: string | null,
): string | null => {
  const command = undecided(turn.sql).find((row) => row.slot === report.slot);
  if (!command) return null;
  const seen = seenBank(report);
  if (command.sent_at_ms === null || seen === "unreadable" || !isSettled(turn, command, event, refreshId))
    return command.power_bank_id;
  if (seen.bank !== command.power_bank_id) {
    concludeOut(
      turn,
      command,
      seen.bank === null ? event : justBefore(event),
      command.slot,
      command.power_bank_id,
      true,
    );
    return null;
  }
  if (!isDenied(turn, command, event, refreshId)) return command.power_bank_id;
  const beside = leftBeside(turn, command);
  if (!beside) {
    tryNext(turn, command, true);
    return null;
  }
  untellTaken(turn, beside.bank, event.bootId, event.seq);
  concludeOut(turn, command, { ...event, atMs: beside.atMs }, beside.slot, beside.bank, true);
  return null;
};

/** Taken late enough: by its time, which is never too late, or because it answers a question asked late enough. */
const isSettled = (turn: Turn, command: CommandRow, event: Accepted, refreshId: string | null): boolean => {
  if (event.ord < (command.sent_ord ?? 0)) return false;
  if (refreshId?.startsWith(`${command.command_id}.`)) return true;
  return event.atMs >= command.sent_at_ms! + SETTLED_AFTER_MS && turn.nowMs >= command.sent_at_ms! + SETTLED_AFTER_MS;
};

/** The station says that nothing left, or does not know of it, and had its time to show otherwise. */
const isDenied = (turn: Turn, command: CommandRow, event: Accepted, refreshId: string | null): boolean => {
  if (command.answer !== "not_out" && command.answer !== "forgotten") return false;
  const asked = Number(refreshId?.startsWith(`${command.command_id}.`) ? refreshId.split(".")[1] : 0);
  if (asked > (command.answered_step ?? 0)) return true;
  const sinceMs = (command.answered_at_ms ?? 0) + SETTLED_AFTER_MS;
  return event.atMs >= sinceMs && turn.nowMs >= sinceMs;
};

/** A snapshot that shows the bank of an undecided command in another slot. */
export const weighElsewhere = (turn: Turn, reports: SlotReport[], event: Accepted): void => {
  for (const command of undecided(turn.sql)) {
    const found = reports.find(
      (report) => report.powerBankId === command.power_bank_id && report.slot !== command.slot,
    );
    if (found) weighReturn(turn, found.slot, command.power_bank_id, event);
  }
};

/** The bank of an undecided command came in, here or in another slot: so it had left. */
export const weighReturn = (turn: Turn, slot: number, bank: string, event: Accepted): void => {
  for (const command of undecided(turn.sql)) {
    // Pulled out and put back before the command was handed over, it did not leave by it.
    if (command.sent_at_ms === null || event.atMs < command.sent_at_ms || event.ord < (command.sent_ord ?? 0)) continue;
    // Another bank in its slot says the same: two do not fit.
    if (command.power_bank_id !== bank && command.slot !== slot) continue;
    concludeOut(turn, command, justBefore(event), command.slot, command.power_bank_id, true);
  }
};

/** It left no later than right after the event before this one; this one's own name belongs to the bank that came in. */
const justBefore = (event: Accepted): Accepted => ({ ...event, seq: event.seq - 1 });

/** The bank for which a command waits here left by another one, which meant another slot. */
const leftByAnother = (turn: Turn, slot: number, bank: string): void => {
  const robbed = undecided(turn.sql).find((other) => other.slot === slot && other.power_bank_id === bank);
  if (robbed) tryNext(turn, robbed, false);
};

const concludeOut = (
  turn: Turn,
  command: CommandRow,
  event: Accepted,
  slot: number,
  bank: string,
  isSeen: boolean,
): void => {
  const { sql } = turn;
  const isHeld = isUndecided(command) && slot === command.slot;
  sql.run(
    "update commands set state = 'out', slot = ?3, power_bank_id = ?4, out_ord = ?5, out_seq = ?6, out_at_ms = ?7 where rental_id = ?1 and attempt = ?2",
    command.rental_id,
    command.attempt,
    slot,
    bank,
    event.ord,
    event.seq,
    event.atMs,
  );
  // What has not left yet for the same rental does not leave any more.
  sql.run(
    "update commands set state = 'not_out' where rental_id = ? and attempt > ? and state = 'open' and sent_at_ms is null",
    command.rental_id,
    command.attempt,
  );
  if (slot !== command.slot) {
    markSlot(turn, command.slot, "not_out");
    reportFailure(turn, command, "wrong_slot");
    turn.log.write("error", "alert", {
      alert: "wrong_slot",
      stationId: turn.stationId,
      rentalId: command.rental_id,
      slot,
      meantSlot: command.slot,
    });
  }
  applyDeparture(turn, slot, bank, event, isSeen, isHeld);
  enqueue(turn, {
    verb: "bank_out",
    rentalId: command.rental_id,
    commandId: command.command_id,
    powerBankId: bank,
    slot,
    atMs: event.atMs,
    commandExpiresAtMs: command.expires_at_ms,
    event: { bootId: event.bootId, seq: event.seq },
  });
  turn.told.push({ rentalId: command.rental_id, message: { type: "state", status: "take_your_bank", slot } });
  leftByAnother(turn, slot, bank);
};
