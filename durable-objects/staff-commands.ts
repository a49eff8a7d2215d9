// Commands of staff, and what a station answers to any command but an eject. Each is stored before it leaves, handed over
// once, and only to a connection proved live; an answer that was lost comes again in the station's list of results.
import { DAY_MS } from "../src/lib/clock.ts";
import type { StationCommand, StationCommandState } from "../src/stations/port.ts";
import { undecided } from "./commands.ts";
import type { Capabilities } from "./driver.ts";
import type { ServerFrame } from "./protocol.ts";
import { readSlot, takenSlots } from "./slot-rows.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

const KEPT_MS = 7 * DAY_MS;

interface StaffCommandRow extends Record<string, SqlStorageValue> {
  command_id: string;
  kind: StationCommand["kind"];
  slot: number | null;
  power_bank_id: string | null;
  frame: string;
  issued_at_ms: number;
  expires_at_ms: number;
  sent_at_ms: number | null;
  result: string | null;
  answered_at_ms: number | null;
}

const read = (sql: Sql, commandId: string): StaffCommandRow | undefined =>
  sql.first<StaffCommandRow>("select * from staff_commands where command_id = ?", commandId);

export const commandState = (sql: Sql, commandId: string, nowMs: number): StationCommandState | null => {
  const row = read(sql, commandId);
  return row ? stateOf(row, nowMs) : null;
};

const stateOf = (row: StaffCommandRow, nowMs: number): StationCommandState => {
  if (row.result !== null)
    return { status: "done", result: row.result === "ok" ? "ok" : "failed", atMs: row.answered_at_ms! };
  const hasExpired = nowMs >= row.expires_at_ms;
  if (row.sent_at_ms === null) return { status: hasExpired ? "expired" : "waiting" };
  return { status: hasExpired ? "unknown" : "sent" };
};

export const command = (turn: Turn, input: StationCommand): StationCommandState => {
  const earlier = read(turn.sql, input.commandId);
  if (earlier) return stateOf(earlier, turn.nowMs);
  const refusal = refusalOf(turn, input);
  if (refusal) return refusal;
  const { sql, nowMs, link } = turn;
  const frame = frameOf(input);
  sql.run("delete from staff_commands where issued_at_ms < ?", nowMs - KEPT_MS);
  sql.run(
    `insert into staff_commands (command_id, kind, slot, power_bank_id, frame, issued_at_ms, expires_at_ms, sent_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
    input.commandId,
    input.kind,
    "slot" in input ? input.slot : null,
    input.kind === "open" ? input.powerBankId : null,
    JSON.stringify(frame),
    nowMs,
    input.expiresAtMs,
    link.isOpen ? nowMs : null,
  );
  if (link.isOpen) turn.commands.push(frame);
  return { status: link.isOpen ? "sent" : "waiting" };
};

const canDo = (can: Capabilities, kind: StationCommand["kind"]): boolean => {
  switch (kind) {
    case "open":
      return can.forceOpens;
    case "lock":
    case "unlock":
      return can.locks;
    case "reboot":
      return can.reboots;
    case "screen":
      return can.hasScreen;
    case "refresh":
      return true;
  }
};

const refusalOf = (turn: Turn, input: StationCommand): StationCommandState | null => {
  const { sql, nowMs, settings, link, can } = turn;
  if (!canDo(can, input.kind)) return { status: "unsupported" };
  if (nowMs >= input.expiresAtMs) return { status: "too_late" };
  if ("slot" in input && !(input.slot >= 1 && input.slot <= settings.slotCount)) return { status: "slot_unknown" };
  if (!link.isLive) return { status: "station_offline" };
  // What an eject does in these seconds must stay provable.
  if (input.kind === "reboot" && undecided(sql).some((eject) => nowMs < eject.expires_at_ms))
    return { status: "slot_busy" };
  if (input.kind !== "open") return null;
  if (takenSlots(sql).has(input.slot)) return { status: "slot_busy" };
  const held = readSlot(sql, input.slot)?.power_bank_id ?? null;
  return held === input.powerBankId ? null : { status: "bank_not_confirmed", powerBankId: held };
};

const frameOf = (input: StationCommand): ServerFrame => {
  const { commandId, expiresAtMs: expiresAt } = input;
  switch (input.kind) {
    case "lock":
    case "unlock":
      return { type: input.kind, commandId, slot: input.slot, expiresAt };
    case "open":
      return { type: "open", commandId, slot: input.slot, powerBankId: input.powerBankId, expiresAt };
    case "reboot":
      return { type: "reboot", commandId, expiresAt };
    case "refresh":
      return { type: "refresh", commandId };
    case "screen":
      return { type: "screen", commandId, qr: input.qr, showUntil: input.showUntilMs };
  }
};

/** To the poll that is open now; each once, and nothing that expired. */
export const handWaitingCommands = (turn: Turn): void => {
  if (!turn.link.isOpen) return;
  const waiting = turn.sql.all<{ command_id: string; frame: string }>(
    "select command_id, frame from staff_commands where sent_at_ms is null and expires_at_ms > ? order by rowid",
    turn.nowMs,
  );
  for (const { command_id, frame } of waiting) {
    turn.sql.run("update staff_commands set sent_at_ms = ? where command_id = ?", turn.nowMs, command_id);
    turn.commands.push(JSON.parse(frame) as ServerFrame);
  }
};

/** The station's word, by `done` or by its list of results; the first counts. */
export const weighAnswer = (turn: Turn, commandId: string, result: string): void => {
  const version = /^settings\.(\d+)$/.exec(commandId)?.[1];
  if (version !== undefined) {
    if (result === "ok") confirmSettings(turn.sql, Number(version));
    return;
  }
  turn.sql.run(
    "update staff_commands set result = ?2, answered_at_ms = ?3 where command_id = ?1 and result is null and sent_at_ms is not null",
    commandId,
    result,
    turn.nowMs,
  );
};

const confirmSettings = (sql: Sql, version: number): void =>
  sql.run("update station set settings_done = ?1 where settings_done < ?1 and config_version >= ?1", version);

/** The settings that the station has not confirmed yet; null when it has. */
export const settingsFrame = (turn: Turn): ServerFrame | null => {
  const { config_version: version, settings_done: done } = turn.sql.first<{
    config_version: number;
    settings_done: number;
  }>("select config_version, settings_done from station")!;
  if (done >= version) return null;
  const { heartbeatSeconds, maxTemperatureC, lockedSlots, isInService } = turn.settings;
  const commandId = `settings.${version}`;
  return { type: "settings", commandId, version, heartbeatSeconds, maxTemperatureC, lockedSlots, isInService };
};
