// Databases for tests: one template with everything migrated, and a copy of it for each test file.
import { type Client, Pool, type QueryResult } from "pg";
import { migrateDatabase } from "./migrate.ts";
import { APPLICATION, OWNER, type Postgres, withClient } from "./postgres.ts";

const TEMPLATE = "chajipoa_template";

export type SqlRole = "superuser" | "owner" | "application";

export interface SqlAnswer {
  rows: unknown[];
  rowCount: number | null;
}

export interface Databases {
  /** A fresh database like the template's; some 30 ms. */
  create(): Promise<string>;
  /** Runs one or several statements past the application. Throws pg's DatabaseError. */
  query(database: string, text: string, params: unknown[], role: SqlRole): Promise<SqlAnswer>;
  stop(): Promise<void>;
}

/** Makes and migrates the template. Throws what a migration throws. */
export const prepareDatabases = async (postgres: Postgres): Promise<Databases> => {
  await withClient(postgres.url("superuser", "postgres"), async (client) => {
    await client.query(`create database ${TEMPLATE} owner ${OWNER.user}`);
  });
  await migrateDatabase(postgres.url("owner", TEMPLATE), { applicationPassword: APPLICATION.password });
  // Nobody may be connected to a template while it is copied.
  const admin = new Pool({ connectionString: postgres.url("superuser", "postgres"), max: 4 });
  admin.on("error", () => {});
  admin.on("connect", (client) => client.on("error", () => {}));
  let count = 0;
  return {
    async create() {
      const name = `test_${process.pid}_${++count}`;
      await admin.query(`create database ${name} template ${TEMPLATE} strategy file_copy owner ${OWNER.user}`);
      return name;
    },
    query: (database, text, params, role) => queryOnce(postgres.url(role, database), text, params),
    stop: () => admin.end(),
  };
};

const queryOnce = (url: string, text: string, params: unknown[]): Promise<SqlAnswer> =>
  withClient(url, async (client: Client) => {
    const result = (await (params.length > 0 ? client.query(text, params) : client.query(text))) as
      | QueryResult
      | QueryResult[];
    const last = Array.isArray(result) ? result.at(-1)! : result;
    return { rows: last.rows, rowCount: last.rowCount };
  });
