// Which command of staff let a bank go: a bank that leaves without one is an alert.
import { DAY_MS } from "../src/lib/clock.ts";
import type { Id } from "../src/lib/ids.ts";
import type { Turn } from "./turn.ts";

/** The open command by which this bank left its slot; null when none did. */
export const openedByStaff = (turn: Turn, slot: number, powerBankId: string): Id<"cmd"> | null =>
  turn.sql.first<{ command_id: Id<"cmd"> }>(
    `select command_id from staff_commands where kind = 'open' and slot = ? and power_bank_id = ? and sent_at_ms >= ?
       and (result is null or result = 'ok') order by sent_at_ms desc limit 1`,
    slot,
    powerBankId,
    turn.nowMs - DAY_MS,
  )?.command_id ?? null;
