// The database of the local stack: the embedded server, or the one that DATABASE_URL names. Either way its owner migrates
// and seeds, and the Worker signs in as the application's role.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Pool } from "pg";
import type { LocalSecrets } from "../local-env.ts";
import { migrateDatabase } from "../migrate.ts";
import { APPLICATION, OWNER, startPostgres, withClient } from "../postgres.ts";
import { type Log, StackError } from "../process.ts";
import { seedStaff, staffPlans } from "../seed-staff.ts";
import { seedDatabase, type SeededStation } from "../seed.ts";

const PART = "postgres";
const DATABASE = "chajipoa";

export interface DatabaseAddress {
  host: string;
  port: number;
  ownerUrl: string;
  applicationUrl: string;
  applicationPassword: string;
}

export interface LocalDatabase {
  stations: SeededStation[];
  /** As the owner; for the stack's own pages. */
  pool: Pool;
  stop(): Promise<void>;
}

/** Throws StackError for a DATABASE_URL that cannot be used. */
export const externalDatabase = (text: string, { databasePassword }: LocalSecrets): DatabaseAddress => {
  const refuse = (what: string): StackError =>
    new StackError(
      "database_unreachable",
      `postgres: DATABASE_URL ${what}. Correct it, or unset it to use the embedded server.`,
    );
  if (!URL.canParse(text)) throw refuse("is not a URL");
  const url = new URL(text);
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw refuse("does not begin with postgresql://");
  if (url.pathname.length < 2) throw refuse("names no database");
  if (/^(require|verify-ca|verify-full)$/.test(url.searchParams.get("sslmode") ?? ""))
    throw refuse("asks for TLS, which the local stack does not speak; it is for a server on this machine or network");
  if (decodeURIComponent(url.username) === APPLICATION.user)
    throw refuse(`signs in as ${APPLICATION.user}, who may not migrate; give the owner's`);
  const application = new URL(text);
  application.username = APPLICATION.user;
  application.password = databasePassword;
  application.search = "";
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    ownerUrl: text,
    applicationUrl: application.href,
    applicationPassword: databasePassword,
  };
};

/** Station objects and slots belong to a database: another database gets a place of its own. */
export const placeOf = (folder: string, databaseUrl: string | undefined): string =>
  databaseUrl === undefined
    ? folder
    : join(folder, "external", createHash("sha256").update(databaseUrl).digest("hex").slice(0, 12));

/** Starts the embedded server on a port that was chosen before, so that others can be told of it already. */
export const startEmbedded = async (options: {
  dataFolder: string;
  port: number;
  log: Log;
}): Promise<{ stop(): Promise<void> }> => {
  const postgres = await startPostgres(options);
  try {
    await withClient(postgres.url("superuser", "postgres"), async (client) => {
      const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
      if (rowCount === 0) await client.query(`create database ${DATABASE} owner ${OWNER.user}`);
    });
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return postgres;
};

export const embeddedAddress = (host: string, port: number): DatabaseAddress => {
  const url = ({ user, password }: typeof OWNER): string =>
    `postgresql://${user}:${password}@${host}:${port}/${DATABASE}`;
  return {
    host,
    port,
    ownerUrl: url(OWNER),
    applicationUrl: url(APPLICATION),
    applicationPassword: APPLICATION.password,
  };
};

/** Migrates and seeds. `onLost` hears when the server goes away later. */
export const openDatabase = async (
  address: DatabaseAddress,
  { secrets, log, onLost }: { secrets: LocalSecrets; log: Log; onLost(reason: string): void },
): Promise<LocalDatabase> => {
  await migrateDatabase(address.ownerUrl, { applicationPassword: address.applicationPassword });
  const stations = await seedDatabase(address.ownerUrl, secrets.stationKeys);
  await seedStaff(address.ownerUrl, secrets);
  log(PART, `migrated and seeded: ${stations.map(({ plan }) => `${plan.code} ${plan.name}`).join(", ")}`);
  log(PART, `staff: ${staffPlans.map(({ role, phone }) => `${role} ${phone}`).join(", ")}`);
  const pool = new Pool({ connectionString: address.ownerUrl, max: 3, idleTimeoutMillis: 0 });
  let isStopping = false;
  const lost = (error: Error): void => {
    if (!isStopping) onLost(error.message);
  };
  pool.on("error", lost);
  pool.on("connect", (client) => client.on("error", lost));
  // One connection stays open all the time, so that a server that dies is noticed at once.
  await pool.query("select 1");
  return {
    stations,
    pool,
    async stop() {
      isStopping = true;
      await pool.end();
    },
  };
};
