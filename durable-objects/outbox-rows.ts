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

interface Head extends Record<string, SqlStorageValue> {
  id: number;
  power_bank_id: string | null;
  rental_id: string | null;
  next_at_ms: number;
}

/** In order: rows that no earlier one of the same power bank or rental holds back. One walk, also when hours of them wait. */
const heads = (sql: Sql): Head[] => {
  const named = new Set<string>();
  return sql
    .all<Head>("select id, power_bank_id, rental_id, next_at_ms from outbox where is_parked = 0 order by id")
    .filter(({ power_bank_id, rental_id }) => {
      const names = [
        ...(power_bank_id === null ? [] : [`bank:${power_bank_id}`]),
        ...(rental_id === null ? [] : [`rental:${rental_id}`]),
      ];
      const isHeld = names.some((name) => named.has(name));
      for (const name of names) named.add(name);
      return !isHeld;
    });
};

/** Those that may go now. */
export const deliverable = (sql: Sql, nowMs: number): OutboxRow[] =>
  heads(sql)
    .filter(({ next_at_ms }) => next_at_ms <= nowMs)
    .slice(0, 32)
    .map(({ id }) => sql.first<OutboxRow>("select * from outbox where id = ?", id)!);

/** When the next of them may go; rows of `inFlight` are looked at again at `againMs`. */
export const earliestRowMs = (sql: Sql, inFlight: ReadonlyMap<number, number>, againMs: number): number | null => {
  const times = heads(sql).map(({ id, next_at_ms }) => (inFlight.has(id) ? Math.max(next_at_ms, againMs) : next_at_ms));
  return times.length === 0 ? null : Math.min(...times);
};

/** A delivery is under way or foreseen, and will carry the projection. */
export const isDeliveryForeseen = (sql: Sql): boolean =>
  sql.first(
    "select 1 as it from outbox where is_parked = 0 union all select 1 from commands where state = 'open' limit 1",
  ) !== undefined;

/** Everything that was waiting only to say how many banks there are. */
export const dropProjection = (sql: Sql): void =>
  sql.run(`delete from outbox where report = '{"verb":"projection"}' and is_parked = 0`);
