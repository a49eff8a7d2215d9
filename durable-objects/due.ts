// One row per rental: what happens next and when. The alarm is set to the earliest of these and of the outbox.
import { SECOND_MS, MINUTE_MS, DAY_MS } from "../src/lib/clock.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

/**
 * `lease`: it ends. `eject`: the next look at a command. `rental`: ask Postgres what the rental is; detail `due` when it
 * was overdue at the last answer. `forget`: the rental is over here; detail says how.
 */
export type DueWork = "lease" | "eject" | "rental" | "forget";

export interface DueRow extends Record<string, SqlStorageValue> {
  rental_id: string;
  what: DueWork;
  at_ms: number;
  /** How often this work was done (eject) or failed (others). */
  step: number;
  detail: string | null;
}

/** A rental that is over stays known for a day, so that a repeated call gets its first answer. */
export const FORGET_AFTER_MS = DAY_MS;

export const setDue = (
  turn: Turn,
  rentalId: string,
  what: DueWork,
  atMs: number,
  detail: string | null = null,
  step = 0,
): void =>
  turn.sql.run(
    `insert into due (rental_id, what, at_ms, step, detail) values (?1, ?2, ?3, ?4, ?5)
     on conflict (rental_id) do update set what = ?2, at_ms = ?3, step = ?4, detail = ?5`,
    rentalId,
    what,
    atMs,
    step,
    detail,
  );

/** The rental is over at this station; `detail` is how: returned, cancelled, or the reason nothing was dispensed. */
export const setOver = (turn: Turn, rentalId: string, detail: string): void =>
  setDue(turn, rentalId, "forget", turn.nowMs + FORGET_AFTER_MS, detail);

export const readDue = (sql: Sql, rentalId: string): DueRow | undefined =>
  sql.first<DueRow>("select * from due where rental_id = ?", rentalId);

export const dueNow = (sql: Sql, nowMs: number): DueRow[] =>
  sql.all<DueRow>("select * from due where at_ms <= ? order by at_ms limit 100", nowMs);

export const earliestDueMs = (sql: Sql): number | null =>
  sql.first<{ at: number | null }>("select min(at_ms) as at from due")?.at ?? null;

/** 2 s, 4 s, 8 s … 5 min after the n-th failure. */
export const backoffMs = (failures: number): number => Math.min(5 * MINUTE_MS, 2 * SECOND_MS * 2 ** (failures - 1));

/** From half of the wait up to all of it, always the same for one name: who failed at one moment does not come back at one. */
export const spreadMs = (waitMs: number, name: string): number => {
  // FNV-1a
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return Math.round(waitMs * (0.5 + (hash >>> 0) / 2 ** 33));
};

/** A row whose work threw: tried again later, and never a reason to stop the others. */
export const postpone = (turn: Turn, row: DueRow): void =>
  turn.sql.run(
    "update due set at_ms = ?, step = step + 1 where rental_id = ?",
    turn.nowMs + backoffMs(Math.min(row.step + 1, 20)),
    row.rental_id,
  );
