import { fiscalDeviceTables } from "./migrations/0001-fiscal-device-tables.ts";
import { stationTables } from "./migrations/0001-station-tables.ts";
import { staffCommands } from "./migrations/0002-staff-commands.ts";
import { vendorCabinets } from "./migrations/0003-vendor-cabinets.ts";
import { heldBanks } from "./migrations/0004-held-banks.ts";
import { takenBanks } from "./migrations/0005-taken-banks.ts";
import { answeredCommands } from "./migrations/0006-answered-commands.ts";
import type { Sql } from "./sql.ts";

/** In order, for ever: a released migration never changes. One ladder for each class of objects. */
export const stationLadder: readonly string[] = [
  stationTables,
  staffCommands,
  vendorCabinets,
  heldBanks,
  takenBanks,
  answeredCommands,
];
export const fiscalDeviceLadder: readonly string[] = [fiscalDeviceTables];

/** False: nobody has configured this station yet, and nothing is stored. Reads only. */
export const hasSchema = (sql: Sql): boolean => sql.remembered(readSchema);

const readSchema = (sql: Sql): boolean =>
  sql.first("select 1 as it from sqlite_master where type = 'table' and name = 'schema_version'") !== undefined;

/** Brings the schema up to date in one transaction; writes nothing when it is. */
export const migrate = (sql: Sql, ladder = stationLadder): void => {
  const version = hasSchema(sql) ? sql.first<{ version: number }>("select version from schema_version")!.version : 0;
  if (version >= ladder.length) return;
  sql.transaction(() => {
    if (version === 0) sql.run("create table schema_version (version integer not null)");
    for (const step of ladder.slice(version)) sql.run(step);
    sql.run("delete from schema_version");
    sql.run("insert into schema_version (version) values (?)", ladder.length);
  });
};
