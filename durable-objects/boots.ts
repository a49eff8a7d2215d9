// The order of a station's boots and events. A boot is placed when its first frame arrives: a hello heard as it was made
// opens a newer boot; a boot first met in a replay lies between the one before and the one that replays it.
import type { Sql } from "./sql.ts";
import type { Place, Turn } from "./turn.ts";

export interface BootRow extends Record<string, SqlStorageValue> {
  boot_id: string;
  ord: number;
  hello_seq: number | null;
  drift_ms: number | null;
  floor_seq: number;
  floor_at_ms: number | null;
  contact_seq: number | null;
  contact_at_ms: number | null;
}

const GAP = 1_000;
/** A station's storage is bounded: boots older than these are forgotten with their events. */
const BOOTS_KEPT = 64;
/** Events kept below the highest without a gap, as evidence. */
const EVENTS_KEPT = 500;

export const readBoot = (sql: Sql, bootId: string): BootRow | undefined =>
  sql.first<BootRow>("select * from boots where boot_id = ?", bootId);

export const latestBoot = (sql: Sql): BootRow | undefined =>
  sql.first<BootRow>("select * from boots order by ord desc limit 1");

/** Stores a boot that was not known; `isCurrent` when its hello was heard as it was made. */
export const placeBoot = (turn: Turn, bootId: string, isCurrent: boolean): BootRow => {
  const latest = latestBoot(turn.sql)?.ord ?? 0;
  const before = isCurrent
    ? latest
    : (turn.sql.first<{ ord: number | null }>("select max(ord) as ord from boots where ord < ?", latest)?.ord ?? 0);
  const ord = isCurrent || latest === 0 ? latest + GAP : Math.min(before + 1, latest);
  turn.sql.run("insert into boots (boot_id, ord) values (?, ?)", bootId, ord);
  return readBoot(turn.sql, bootId)!;
};

/** A hello heard as it was made: it dates the boot's clock. */
export const dateBoot = (turn: Turn, bootId: string, helloSeq: number, driftMs: number): void => {
  const latest = latestBoot(turn.sql)?.ord ?? 0;
  turn.sql.run(
    `insert into boots (boot_id, ord, hello_seq, drift_ms) values (?1, ?2, ?3, ?4)
     on conflict (boot_id) do update set hello_seq = ?3, drift_ms = ?4`,
    bootId,
    latest + GAP,
    helloSeq,
    driftMs,
  );
};

/** What the last heartbeat of an ended connection proved: at `atMs` the station had made `seq` events. */
export const keepContact = (turn: Turn, bootId: string, seq: number, atMs: number): void =>
  turn.sql.run(
    "update boots set contact_seq = ?2, contact_at_ms = ?3 where boot_id = ?1 and (contact_at_ms is null or contact_at_ms < ?3)",
    bootId,
    seq,
    atMs,
  );

/** The highest seq without a gap; the station may forget everything up to it. */
export const upTo = (sql: Sql, bootId: string): number => {
  const floor = readBoot(sql, bootId)?.floor_seq ?? 0;
  // Rows above the floor are numbered; the run without a gap is where seq minus its number stays the floor.
  return (
    sql.first<{ seq: number | null }>(
      `select max(seq) as seq from (select seq, row_number() over (order by seq) as n from events where boot_id = ?1 and seq > ?2)
       where seq = n + ?2`,
      bootId,
      floor,
    )?.seq ?? floor
  );
};

/** For `welcome`: the newest boots, newest first. */
export const have = (sql: Sql): { bootId: string; upTo: number }[] =>
  sql
    .all<{ boot_id: string }>("select boot_id from boots order by ord desc limit 16")
    .map(({ boot_id }) => ({ bootId: boot_id, upTo: upTo(sql, boot_id) }));

export const isStored = (sql: Sql, bootId: string, seq: number): boolean =>
  sql.first(
    "select 1 as it from events where boot_id = ?1 and seq = ?2 union all select 1 from boots where boot_id = ?1 and floor_seq >= ?2",
    bootId,
    seq,
  ) !== undefined;

/** Times of what precedes a place: the last plausible event, and the last heartbeat that had not counted it yet. */
export const before = (sql: Sql, place: Place): { previousAtMs: number | null; contactAtMs: number | null } => {
  let previousAtMs: number | null = null;
  let contactAtMs: number | null = null;
  for (const boot of sql.all<BootRow>("select * from boots where ord <= ? order by ord desc", place.ord)) {
    const below = boot.ord < place.ord ? Number.MAX_SAFE_INTEGER : place.seq;
    previousAtMs ??=
      sql.first<{ at_ms: number }>(
        "select at_ms from events where boot_id = ? and seq < ? and is_plausible = 1 order by seq desc limit 1",
        boot.boot_id,
        below,
      )?.at_ms ?? boot.floor_at_ms;
    if (boot.contact_seq !== null && boot.contact_seq < below) contactAtMs ??= boot.contact_at_ms;
    if (previousAtMs !== null) break;
  }
  return { previousAtMs, contactAtMs };
};

/** Forgets old evidence, never anything above the highest seq without a gap. */
export const prune = (turn: Turn): void => {
  const { sql } = turn;
  for (const { boot_id } of sql.all<{ boot_id: string }>("select boot_id from boots")) {
    const floor = upTo(sql, boot_id) - EVENTS_KEPT;
    if (floor <= 0) continue;
    const last = sql.first<{ at_ms: number }>(
      "select at_ms from events where boot_id = ? and seq <= ? and is_plausible = 1 order by seq desc limit 1",
      boot_id,
      floor,
    );
    sql.run("delete from events where boot_id = ? and seq <= ?", boot_id, floor);
    sql.run(
      "update boots set floor_seq = max(floor_seq, ?2), floor_at_ms = coalesce(?3, floor_at_ms) where boot_id = ?1",
      boot_id,
      floor,
      last?.at_ms ?? null,
    );
  }
  const old = sql.all<{ boot_id: string }>("select boot_id from boots order by ord desc limit -1 offset ?", BOOTS_KEPT);
  for (const { boot_id } of old) {
    sql.run("delete from events where boot_id = ?", boot_id);
    sql.run("delete from boots where boot_id = ?", boot_id);
  }
};
