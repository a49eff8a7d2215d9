// Brings a database to the state of this checkout: role, migrations, functions, rights. Runs as the owner; the application
// never does. Works on an empty and on a filled database, and a second run changes nothing.
import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import { type Client, DatabaseError } from "pg";
import { APPLICATION, withClient } from "./postgres.ts";
import { StackError } from "./process.ts";

const FOLDER = resolve(import.meta.dirname, "../drizzle");
/** Two deployments at once take turns: "chajipoa" as a number. */
const LOCK = 7_183_540;

export interface MigrateOptions {
  /** Sets the password of the application's role; without it the role's password is left alone. */
  applicationPassword?: string;
  folder?: string;
}

/** Throws StackError `database_unreachable`, or what Postgres says about a migration. */
export const migrateDatabase = (ownerUrl: string, options: MigrateOptions = {}): Promise<void> =>
  withClient(ownerUrl, async (client) => {
    const folder = options.folder ?? FOLDER;
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await ensureApplicationRole(client, options.applicationPassword);
    await client.query("set client_min_messages = warning");
    await migrate(drizzle(client), { migrationsFolder: folder });
    await applyFunctions(client, join(folder, "functions"));
  });

// Roles belong to the whole server: another database's migration may make it in the same moment.
const ensureApplicationRole = async (client: Client, password: string | undefined): Promise<void> => {
  await client.query(`do $$ begin create role ${APPLICATION.user} login;
    exception when duplicate_object or unique_violation then null; end $$`);
  if (password !== undefined) await setPassword(client, password);
};

// The lock above is the database's, the role is the server's: a second database being migrated right now can collide here.
const setPassword = async (client: Client, password: string): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`alter role ${APPLICATION.user} password ${client.escapeLiteral(password)}`);
      return;
    } catch (error) {
      const isCollision = error instanceof DatabaseError && error.message === "tuple concurrently updated";
      if (!isCollision || attempt === 10) throw error;
    }
  }
};

/** Every function of the schema that the application calls itself; the rest run inside those. */
const GRANTED = `
  select p.oid::regprocedure::text as signature from pg_proc p
  where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
    and p.proname !~ '^(ledger|internal|trigger)_'
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`;

const applyFunctions = async (client: Client, folder: string): Promise<void> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  await client.query("begin");
  try {
    // Twice: functions call each other whatever their names, so the first pass takes every body and the second checks it.
    for (const isChecked of ["off", "on"]) {
      await client.query(`set local check_function_bodies = ${isChecked}`);
      for (const file of files) await applyFile(client, join(folder, file));
    }
    await client.query("revoke execute on all functions in schema public from public");
    await client.query(`revoke execute on all functions in schema public from ${APPLICATION.user}`);
    const { rows } = await client.query<{ signature: string }>(GRANTED);
    for (const { signature } of rows)
      await client.query(`grant execute on function ${signature} to ${APPLICATION.user}`);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
};

const applyFile = async (client: Client, path: string): Promise<void> => {
  try {
    await client.query(await readFile(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StackError("part_failed", `migrate: ${basename(path)}: ${reason}`, { cause });
  }
};

if (import.meta.main) {
  const url = process.env["DATABASE_OWNER_URL"];
  if (!url) {
    console.error(
      "migrate: set DATABASE_OWNER_URL to the owner's connection string (the application's own role may not migrate).",
    );
    process.exit(1);
  }
  try {
    const password = process.env["DATABASE_APP_PASSWORD"];
    await migrateDatabase(url, password === undefined ? {} : { applicationPassword: password });
    console.log("migrate: the database is up to date.");
  } catch (error) {
    console.error(error instanceof StackError ? error.message : error);
    process.exit(1);
  }
}
