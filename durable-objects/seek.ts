// A renter says that a bank is here. What the record shows of it is told at once; whether a rental ends is custody's to say.
import type { Turn } from "./turn.ts";

/** The slot that holds this bank; null when no report shows it. Its reports go now, also those that were parked. */
export const seek = (turn: Turn, powerBankId: string): number | null => {
  turn.sql.run(
    "update outbox set next_at_ms = ?2, refusals = 0, is_parked = 0 where power_bank_id = ?1 and (is_parked = 1 or next_at_ms > ?2)",
    powerBankId,
    turn.nowMs,
  );
  return turn.sql.first<{ slot: number }>("select slot from slots where power_bank_id = ?", powerBankId)?.slot ?? null;
};
