// The lock beside the one that was meant opened: the bank of the command is still there, and another one went while it was
// carried out. It is the renter's, who gets no second one.
import { MINUTE_MS } from "../src/lib/clock.ts";
import type { CommandRow } from "./commands.ts";
import type { Turn } from "./turn.ts";

/** The nearest slot whose bank was taken between the sending of this command and a minute after its end. */
export const leftBeside = (turn: Turn, command: CommandRow): { slot: number; bank: string; atMs: number } | null =>
  turn.sql.first<{ slot: number; bank: string; atMs: number }>(
    `select slot, left_bank_id as bank, left_at_ms as atMs from slots
     where slot <> ?1 and power_bank_id is null and was_taken = 1 and left_at_ms between ?2 and ?3 order by abs(slot - ?1), slot`,
    command.slot,
    command.sent_at_ms,
    command.expires_at_ms + MINUTE_MS,
  ) ?? null;

/** What was told of it in this very turn, under the name that its departure gets now. */
export const untellTaken = (turn: Turn, bank: string, bootId: string, seq: number): void =>
  turn.sql.run(
    `delete from outbox where power_bank_id = ?1 and json_extract(report, '$.verb') = 'bank_taken'
       and json_extract(report, '$.event.bootId') = ?2 and json_extract(report, '$.event.seq') = ?3`,
    bank,
    bootId,
    seq,
  );
