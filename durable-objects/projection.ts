// The object's own record (who it is, its settings) and what maps are told of it.
import type { Id } from "../src/lib/ids.ts";
import type { StationProjection, StationSettings } from "../src/stations/port.ts";
import { dropProjection, enqueue, isDeliveryForeseen } from "./outbox-rows.ts";
import { count } from "./slot-rows.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

export interface StationRow {
  stationId: Id<"stn">;
  configVersion: number;
  configuredAtMs: number;
  settings: StationSettings;
  projectionVersion: number;
  counted: Counted;
  seenAtMs: number;
}

interface Counted {
  freeBanks: number;
  freeSlots: number;
  isOnline: boolean;
}

/** Undefined before the first configuration. */
export const readStation = (sql: Sql): StationRow | undefined => sql.remembered(readRow);

const readRow = (sql: Sql): StationRow | undefined => {
  const row = sql.first<{
    station_id: string;
    config_version: number;
    configured_at_ms: number;
    settings: string;
    projection_version: number;
    projection: string;
    seen_at_ms: number;
  }>("select * from station");
  return (
    row && {
      stationId: row.station_id as Id<"stn">,
      configVersion: row.config_version,
      configuredAtMs: row.configured_at_ms,
      settings: JSON.parse(row.settings) as StationSettings,
      projectionVersion: row.projection_version,
      counted: JSON.parse(row.projection) as Counted,
      seenAtMs: row.seen_at_ms,
    }
  );
};

/** Counts again at the end of a turn; a change makes a new version, and a row of its own only when nothing else will carry it. */
export const recount = (turn: Turn, isOnline: boolean, seenAtMs: number): void => {
  const row = readStation(turn.sql)!;
  const counted: Counted = { ...count(turn), isOnline };
  const { freeBanks, freeSlots } = row.counted;
  if (counted.freeBanks === freeBanks && counted.freeSlots === freeSlots && counted.isOnline === row.counted.isOnline)
    return;
  turn.sql.run(
    "update station set projection_version = projection_version + 1, projection = ?, seen_at_ms = max(seen_at_ms, ?)",
    JSON.stringify(counted),
    seenAtMs,
  );
  if (!isDeliveryForeseen(turn.sql)) enqueue(turn, { verb: "projection" });
};

/** After a delivery: what it carried needs no row, what changed since needs one. */
export const projected = (turn: Turn, version: number): void => {
  if (readStation(turn.sql)!.projectionVersion <= version) dropProjection(turn.sql);
  else if (!isDeliveryForeseen(turn.sql)) enqueue(turn, { verb: "projection" });
};

export const projectionOf = (row: StationRow, seenAtMs: number): StationProjection => ({
  ...row.counted,
  seenAtMs: Math.max(row.seenAtMs, seenAtMs),
  version: row.projectionVersion,
});
