// What the object has to tell the rest of the system: stored with the fact, gone when accepted. Rows that share a power
// bank or a rental go out in order; others do not wait for them.
import { SECOND_MS } from "../src/lib/clock.ts";
import type { StationReport } from "../src/stations/port.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

export interface OutboxRow extends Record<string, SqlStorageValue> {
  id: number;
  report: string;
  power_bank_id: string | null;
  rental_id: string | null;
  attempts: number;
  refusals: number;
  next_at_ms: number;
}

/** Changes that only maps would see are gathered for so long. */
const PROJECTION_DELAY_MS = 5 * SECOND_MS;

export const enqueue = (turn: Turn, report: StationReport): void =>
  turn.sql.run(
    "insert into outbox (report, power_bank_id, rental_id, next_at_ms) values (?, ?, ?, ?)",
    JSON.stringify(report),
    // A failure that is only counted holds up no movement.
    "powerBankId" in report && report.verb !== "eject_failed" ? report.powerBankId : null,
    "rentalId" in report ? report.rentalId : null,
    report.verb === "projection" ? turn.nowMs + PROJECTION_DELAY_MS : turn.nowMs,
  );

/** The other side is there again: what waited only because nobody answered goes now. */
export const hurry = (turn: Turn): void =>
  turn.sql.run(
    "update outbox set next_at_ms = ? where attempts > 0 and refusals = 0 and is_parked = 0 and next_at_ms > ?",
    turn.nowMs,
    turn.nowMs,
  );

/** Due rows that no earlier row of the same power bank or rental holds back. */
export const deliverable = (sql: Sql, nowMs: number): OutboxRow[] =>
  sql.all<OutboxRow>(
    `select * from outbox o where is_parked = 0 and next_at_ms <= ? and not exists (
       select 1 from outbox p where p.id < o.id and p.is_parked = 0
         and (p.power_bank_id = o.power_bank_id or p.rental_id = o.rental_id))
     order by id limit 32`,
    nowMs,
  );

/** When the next row that is not held back may go; rows of `inFlight` are looked at again at `againMs`. */
export const earliestRowMs = (sql: Sql, inFlight: ReadonlyMap<number, number>, againMs: number): number | null => {
  const rows = sql.all<{ id: number; next_at_ms: number }>(
    `select id, next_at_ms from outbox o where is_parked = 0 and not exists (
       select 1 from outbox p where p.id < o.id and p.is_parked = 0
         and (p.power_bank_id = o.power_bank_id or p.rental_id = o.rental_id))`,
  );
  if (rows.length === 0) return null;
  return Math.min(...rows.map((row) => (inFlight.has(row.id) ? Math.max(row.next_at_ms, againMs) : row.next_at_ms)));
};

/** A delivery is under way or foreseen, and will carry the projection. */
export const isDeliveryForeseen = (sql: Sql): boolean =>
  sql.first(
    "select 1 as it from outbox where is_parked = 0 union all select 1 from commands where state = 'open' limit 1",
  ) !== undefined;

/** Everything that was waiting only to say how many banks there are. */
export const dropProjection = (sql: Sql): void =>
  sql.run(`delete from outbox where report = '{"verb":"projection"}' and is_parked = 0`);
