import { MINUTE_MS, SECOND_MS } from "../src/lib/clock.ts";
import type { StationKey, StationSettings } from "../src/stations/port.ts";
import { learnBanks, releaseSlots } from "./banks.ts";
import { replaceKeys } from "./keys.ts";
import type { Sql } from "./sql.ts";

/** A newer version of keys and settings replaces the one held; the caller has compared versions. */
export const configure = (
  sql: Sql,
  stationId: string,
  input: { version: number; keys: StationKey[]; settings: StationSettings },
  nowMs: number,
): void => {
  const held = sql.first<{ config_version: number }>("select config_version from station")?.config_version ?? 0;
  const { banks = [], released = [], ...settings } = input.settings;
  sql.run(
    `insert into station (one, station_id, config_version, configured_at_ms, settings, projection_version, projection, seen_at_ms)
     values (1, ?1, ?2, ?3, ?4, 0, '{"freeBanks":0,"freeSlots":0,"isOnline":false}', 0)
     on conflict (one) do update set config_version = ?2, settings = ?4`,
    stationId,
    input.version,
    nowMs,
    JSON.stringify(settings),
  );
  replaceKeys(sql, input.keys);
  learnBanks(sql, banks);
  releaseSlots(
    sql,
    released.filter(({ version }) => version > held).map(({ slot }) => slot),
  );
};

/** Silence after which maps show a station as offline; commands ask for a fresher proof of life. */
export const offlineAfterMs = (settings: StationSettings): number =>
  Math.max(3 * settings.heartbeatSeconds * SECOND_MS, 2 * MINUTE_MS);

export const isOffline = (settings: StationSettings, heardAtMs: number, nowMs: number): boolean =>
  nowMs - heardAtMs >= offlineAfterMs(settings);
