import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { migrateDatabase } from "../../dev/migrate.ts";
import { type Postgres, startPostgres, withClient } from "../../dev/postgres.ts";
import type { StackError } from "../../dev/process.ts";

const DRIZZLE = resolve(import.meta.dirname, "../../drizzle");
let folder = "";
let postgres: Postgres;
let databases = 0;
let name = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-migrate-"));
  postgres = await startPostgres({ dataFolder: join(folder, "postgres"), log() {}, durable: false });
}, 30_000);
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => void (name = await createDatabase()));

const createDatabase = async (): Promise<string> => {
  const created = `migrated_${++databases}`;
  await ask("superuser", `create database ${created} owner chajipoa_owner`, "postgres");
  return created;
};

const ask = <Row>(role: "superuser" | "owner" | "application", query: string, database = name): Promise<Row[]> =>
  withClient(postgres.url(role, database), async (client) => (await client.query(query)).rows as Row[]);

const migrate = (database = name, from?: string): Promise<void> =>
  migrateDatabase(postgres.url("owner", database), { applicationPassword: "app", ...(from ? { folder: from } : {}) });

/** Everything a second run could change: definitions, rights, the journal. */
const describeDatabase = (): Promise<unknown[]> =>
  ask(
    "owner",
    `select 'function' as kind, p.oid::regprocedure::text as name, p.prosrc as body, p.proacl::text as rights from pg_proc p where p.pronamespace = 'public'::regnamespace
     union all select 'relation', c.relname, c.relkind::text, c.relacl::text from pg_class c where c.relnamespace = 'public'::regnamespace
     union all select 'trigger', t.tgname, t.tgrelid::regclass::text, t.tgenabled::text from pg_trigger t where not t.tgisinternal
     union all select 'migration', hash, created_at::text, null from drizzle.__drizzle_migrations order by 1, 2, 3`,
  );

test("an empty database becomes the whole schema, with every migration in the journal", async () => {
  await migrate();
  const journal = JSON.parse(await readFile(join(DRIZZLE, "meta/_journal.json"), "utf8")) as { entries: unknown[] };
  expect(await ask<{ n: number }>("owner", "select count(*)::int as n from drizzle.__drizzle_migrations")).toEqual([
    { n: journal.entries.length },
  ]);
  const [row] = await ask<{ n: number }>(
    "owner",
    "select count(*)::int as n from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
  );
  expect(row!.n).toBeGreaterThan(5);
}, 20_000);

test("a second run changes nothing", async () => {
  await migrate();
  const before = await describeDatabase();
  await migrate();
  expect(await describeDatabase()).toEqual(before);
}, 20_000);

test("two runs at once take turns", async () => {
  await Promise.all([migrate(), migrate()]);
  const once = await describeDatabase();
  await migrate();
  expect(await describeDatabase()).toEqual(once);
}, 20_000);

test("two databases of one server can be migrated at once", async () => {
  const names = [await createDatabase(), await createDatabase()];
  await Promise.all(names.map((each) => migrate(each)));
  expect(await ask("application", "select current_user::text as name", names[1])).toEqual([{ name: "chajipoa_app" }]);
}, 20_000);

test("a filled database keeps its rows when a later migration comes", async () => {
  await migrate();
  await ask("owner", "create table kept_rows (n int); insert into kept_rows select generate_series(1, 100)");
  const later = join(folder, "later");
  await cp(DRIZZLE, later, { recursive: true });
  const path = join(later, "meta/_journal.json");
  const journal = JSON.parse(await readFile(path, "utf8")) as {
    entries: { idx: number; when: number; tag: string; version: string; breakpoints: boolean }[];
  };
  const last = journal.entries.at(-1)!;
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: "9999_kept-rows-have-a-word" });
  await writeFile(path, JSON.stringify(journal));
  await writeFile(
    join(later, "9999_kept-rows-have-a-word.sql"),
    "alter table kept_rows add word text not null default 'old';",
  );
  await migrate(name, later);
  await migrate(name, later);
  expect(await ask("owner", "select count(*)::int as n, min(word) as word from kept_rows")).toEqual([
    { n: 100, word: "old" },
  ]);
}, 20_000);

test("the application may execute exactly the functions that are not internal", async () => {
  await migrate();
  const functions = await ask<{ name: string; granted: boolean; trigger: boolean }>(
    "owner",
    `select p.proname as name, has_function_privilege('chajipoa_app', p.oid, 'execute') as granted, p.prorettype = 'trigger'::regtype as trigger
     from pg_proc p where p.pronamespace = 'public'::regnamespace`,
  );
  expect(functions.length).toBeGreaterThan(5);
  const isInternal = (each: { name: string; trigger: boolean }): boolean =>
    each.trigger || /^(ledger|internal|trigger)_/.test(each.name);
  for (const each of functions) expect([each.name, each.granted]).toEqual([each.name, !isInternal(each)]);
}, 20_000);

test("nobody else may execute them, and a right given by hand is taken back", async () => {
  await migrate();
  const [internal] = await ask<{ signature: string }>(
    "owner",
    "select oid::regprocedure::text as signature from pg_proc where pronamespace = 'public'::regnamespace and proname ~ '^(ledger|internal)_' limit 1",
  );
  await ask("owner", `grant execute on function ${internal!.signature} to public, chajipoa_app`);
  await migrate();
  const rights = await ask<{ rights: string }>(
    "owner",
    "select proacl::text as rights from pg_proc where pronamespace = 'public'::regnamespace",
  );
  for (const row of rights) expect(row.rights).not.toMatch(/[{,]=X/);
  expect(
    await ask("owner", `select has_function_privilege('chajipoa_app', '${internal!.signature}', 'execute') as may`),
  ).toEqual([{ may: false }]);
}, 20_000);

test("every function the application calls answers jsonb, so that replacing it never fails", async () => {
  await migrate();
  const types = await ask<{ name: string; type: string }>(
    "owner",
    `select proname as name, prorettype::regtype::text as type from pg_proc
     where pronamespace = 'public'::regnamespace and has_function_privilege('chajipoa_app', oid, 'execute')`,
  );
  expect(types.length).toBeGreaterThan(5);
  expect(types.filter(({ type }) => type !== "jsonb")).toEqual([]);
}, 20_000);

test("a function that does not compile names its file and leaves the old ones in place", async () => {
  await migrate();
  const before = await describeDatabase();
  const broken = join(folder, "broken");
  await cp(DRIZZLE, broken, { recursive: true });
  await writeFile(
    join(broken, "functions/zzz_broken.sql"),
    "create or replace function broken(input jsonb) returns jsonb language sql as $$ select nowhere $$;",
  );
  const error = await migrate(name, broken).catch((reason: unknown) => reason);
  expect((error as StackError).message).toContain("zzz_broken.sql");
  expect(await describeDatabase()).toEqual(before);
}, 20_000);

test("the command says what it needs, and works", async () => {
  const run = async (env: Record<string, string>): Promise<[number, string]> => {
    const command = Bun.spawn([process.execPath, "dev/migrate.ts"], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([new Response(command.stdout).text(), new Response(command.stderr).text()]);
    return [await command.exited, out + err];
  };
  const [without, sentence] = await run({});
  expect([without, sentence.includes("DATABASE_OWNER_URL")]).toEqual([1, true]);
  const [unreachable, reason] = await run({ DATABASE_OWNER_URL: "postgresql://owner:hidden@127.0.0.1:9/none" });
  expect([unreachable, reason.includes("cannot be reached"), reason.includes("hidden")]).toEqual([1, true, false]);
  expect(
    (await run({ DATABASE_OWNER_URL: postgres.url("owner", name), DATABASE_APP_PASSWORD: "it's another" }))[0],
  ).toBe(0);
  const url = postgres.url("application", name).replace(":app@", `:${encodeURIComponent("it's another")}@`);
  expect(await withClient(url, async (client) => (await client.query("select 1 as n")).rows)).toEqual([{ n: 1 }]);
}, 20_000);
