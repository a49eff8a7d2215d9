// What Postgres has decided of a rental, as it concerns its origin station: its timer, its end, what listeners hear.
import { HOUR_MS, isoTime, SECOND_MS } from "../src/lib/clock.ts";
import type { DeliveryResult, RentalAtStation, RentalClosing, StationReport } from "../src/stations/port.ts";
import { learnBanks } from "./banks.ts";
import { lastCommand } from "./commands.ts";
import { readDue, setDue, setOver, type DueRow } from "./due.ts";
import { dropLease, readLease } from "./leases.ts";
import { dueDetail } from "./live.ts";
import { enqueue } from "./outbox-rows.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

/** A rental is asked about again after so long at the latest, in case its `closed` was lost. */
const ASK_AGAIN_MS = 6 * HOUR_MS;
/** However the clocks stand, an answer does not lead to the next question at once. */
const ASK_AT_MOST_MS = 10 * SECOND_MS;
const OVER = new Set(["completed", "cancelled", "lost", "swapped"]);

export const rentalState = (sql: Sql, rentalId: string): RentalAtStation => {
  const command = lastCommand(sql, rentalId);
  if (command) {
    const status = command.state === "open" ? "ejecting" : command.state;
    return { status, slot: command.slot, commandId: command.command_id, issuedAtMs: command.issued_at_ms };
  }
  const lease = readLease(sql, rentalId);
  return lease ? { status: "leased", slot: lease.slot, expiresAtMs: lease.until_ms } : { status: "none" };
};

/** The answer to bank_in says what the fleet knows of the bank; that to bank_out and rental_due sets the rental's timer, or ends it. */
export const applyAnswer = (
  turn: Turn,
  report: StationReport,
  answer: Extract<DeliveryResult, { status: "accepted" }>,
): void => {
  if (answer.bank) learnBanks(turn.sql, [answer.bank]);
  if (report.verb !== "bank_out" && report.verb !== "rental_due") return;
  const { rentalId } = report;
  const due = readDue(turn.sql, rentalId);
  // `closed` overtook this answer.
  if (due?.what === "forget" && (due.detail === "returned" || due.detail === "lost")) return;
  const status = answer.rental?.status;
  const dueAtMs = answer.rental?.dueAtMs ?? null;
  if (dueAtMs === null || status === undefined || OVER.has(status)) {
    if (due?.what !== "forget") setOver(turn, rentalId, endOf(status));
    return;
  }
  const planned = answer.rental?.nextAskAtMs ?? (dueAtMs <= turn.nowMs ? turn.nowMs + ASK_AGAIN_MS : dueAtMs);
  setEnd(turn, rentalId, dueAtMs, Math.max(planned, turn.nowMs + ASK_AT_MOST_MS));
};

const endOf = (status: string | undefined): RentalClosing => {
  if (status === undefined || status === "cancelled") return "cancelled";
  return status === "lost" ? "lost" : "returned";
};

const setEnd = (turn: Turn, rentalId: string, dueAtMs: number, askAtMs: number): void => {
  const word = dueAtMs <= turn.nowMs ? "due" : "active";
  setDue(turn, rentalId, "rental", askAtMs, dueDetail(word, dueAtMs));
  const slot = lastCommand(turn.sql, rentalId)?.slot;
  turn.told.push({
    rentalId,
    message: { type: "state", status: word, dueAt: isoTime(dueAtMs), ...(slot === undefined ? {} : { slot }) },
  });
};

/** Another end was bought or granted. Only a rental whose bank is out has one. */
export const renew = (turn: Turn, input: { rentalId: string; dueAtMs: number; nextAskAtMs: number }): void => {
  const due = readDue(turn.sql, input.rentalId);
  if (due?.what !== "rental") return;
  if (due.at_ms === input.nextAskAtMs && due.detail === dueDetail("active", input.dueAtMs)) return;
  setEnd(turn, input.rentalId, input.dueAtMs, input.nextAskAtMs);
};

/** Its time has come: Postgres says what it is. Asked once at a time; the answer sets the next. */
export const askDue = (turn: Turn, row: DueRow): void => {
  setDue(turn, row.rental_id, "rental", turn.nowMs + ASK_AGAIN_MS, row.detail);
  enqueue(turn, { verb: "rental_due", rentalId: row.rental_id as `rnt_${string}` });
};

/** It ended anywhere. A command that is still undecided stays matchable; its timers go on, and nobody is told of them. */
export const close = (turn: Turn, input: { rentalId: string; status: RentalClosing }): void => {
  const { rentalId, status } = input;
  const due = readDue(turn.sql, rentalId);
  const reason = due?.what === "forget" && due.detail ? due.detail.replace(/^(cancelled:?|returned|lost)/, "") : "";
  turn.told.push({
    rentalId,
    message: { type: "state", status, ...(status === "cancelled" && reason ? { reason } : {}) },
  });
  if (!due && rentalState(turn.sql, rentalId).status === "none") return;
  dropLease(turn, rentalId);
  if (lastCommand(turn.sql, rentalId)?.state === "open" && due?.what === "eject") {
    return setDue(turn, rentalId, "eject", due.at_ms, status, due.step);
  }
  const detail = status === "cancelled" ? `cancelled${reason ? `:${reason}` : ""}` : status;
  if (due?.what !== "forget" || due.detail !== detail) setOver(turn, rentalId, detail);
};

/** A day after the end nothing of a rental is kept but commands nobody could decide: those stay matchable. */
export const forget = (turn: Turn, rentalId: string): void => {
  turn.sql.run("delete from due where rental_id = ?", rentalId);
  turn.sql.run("delete from commands where rental_id = ? and state in ('out', 'not_out')", rentalId);
};
