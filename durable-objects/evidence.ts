// What the station told of one bank within a time, for people who have to decide what happened. Reads only; old events are pruned.
import type { StationEvent } from "../src/stations/port.ts";
import type { Sql } from "./sql.ts";

const MAX_EVENTS = 200;
const MAX_BODY_CHARACTERS = 4_000;

interface EventRow extends Record<string, SqlStorageValue> {
  boot_id: string;
  seq: number;
  type: string;
  body: string;
  at_ms: number;
  received_at_ms: number;
  is_plausible: number;
}

/** Events that name the bank, and each start and alert of the station, oldest first. */
export const evidence = (
  sql: Sql,
  { powerBankId, fromMs, toMs }: { powerBankId: string | null; fromMs: number; toMs: number },
): StationEvent[] =>
  sql
    .all<EventRow>(
      `select boot_id, seq, type, body, at_ms, received_at_ms, is_plausible from events
       where at_ms between ? and ? and (type in ('hello', 'alert') or instr(body, ?) > 0) order by at_ms, boot_id, seq limit ?`,
      fromMs,
      toMs,
      JSON.stringify(powerBankId),
      MAX_EVENTS,
    )
    .map((row) => ({
      bootId: row.boot_id,
      seq: row.seq,
      type: row.type,
      atMs: row.at_ms,
      receivedAtMs: row.received_at_ms,
      isPlausible: row.is_plausible === 1,
      body: row.body.slice(0, MAX_BODY_CHARACTERS),
    }));
