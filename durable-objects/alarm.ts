import type { Log } from "../src/lib/log.ts";
import { lookAt } from "./commands.ts";
import { dueNow, postpone, type DueRow } from "./due.ts";
import { expireLease } from "./leases.ts";
import { askDue, forget } from "./rentals.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

const work = (turn: Turn, row: DueRow): void => {
  switch (row.what) {
    case "lease":
      return expireLease(turn, row.rental_id as `rnt_${string}`);
    case "eject":
      return lookAt(turn, row);
    case "rental":
      return askDue(turn, row);
    case "forget":
      return forget(turn, row.rental_id);
  }
};

/** Everything that is due, each row in a turn of its own: one that fails is postponed and holds up nobody. */
export const runDue = (sql: Sql, nowMs: number, log: Log, turn: (work: (turn: Turn) => void) => void): void => {
  for (const row of dueNow(sql, nowMs)) {
    try {
      turn((t) => work(t, row));
    } catch (error) {
      log.write("error", "alert", {
        alert: "due_failed",
        rentalId: row.rental_id,
        what: row.what,
        reason: String(error),
      });
      turn((t) => postpone(t, row));
    }
  }
};
