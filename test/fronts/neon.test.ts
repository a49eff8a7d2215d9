// The unmodified driver against the Neon front.
import { neon, NeonDbError, neonConfig } from "@neondatabase/serverless";
import { sql as text } from "drizzle-orm";
import { drizzle } from "drizzle-orm/neon-http";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import * as control from "../support/control.ts";

const OWN_TABLE =
  "create table front_notes (id int primary key, body text not null constraint front_notes_body_check check (body <> ''))";

beforeAll(async () => {
  await control.sql(`${OWN_TABLE}; grant select, insert, delete on front_notes to chajipoa_app`);
});

beforeEach(() => control.sql("truncate front_notes"));
afterEach(() => control.neon.clear());

const connect = () => neon(env.DATABASE_URL, { fullResults: true });
const bodies = async () =>
  (await control.sql<{ body: string }>("select body from front_notes order by id")).map((row) => row.body);

/** The driver's own error, out of drizzle's wrapper when there is one. */
const failureOf = async (work: Promise<unknown>): Promise<NeonDbError> => {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  const cause = error instanceof NeonDbError ? error : (error as Error).cause;
  if (!(cause instanceof NeonDbError)) throw new Error("not the driver's error", { cause: error });
  return cause;
};

test("types are read by the driver as from a real Postgres connection", async () => {
  const sql = neon(env.DATABASE_URL);
  const rows =
    await sql`select ${1}::int4 as n, ${"a'b"}::text as t, ${null}::text as nothing, ${[1, 2]}::int[] as list,
    ${{ a: [1] }}::jsonb as doc, 9007199254740993::int8 as big, true as yes, '2026-01-02T03:04:05Z'::timestamptz as at`;
  expect(rows).toEqual([
    {
      n: 1,
      t: "a'b",
      nothing: null,
      list: [1, 2],
      doc: { a: [1] },
      big: "9007199254740993",
      yes: true,
      at: new Date("2026-01-02T03:04:05Z"),
    },
  ]);
});

test("the session speaks UTC", async () => {
  const sql = neon(env.DATABASE_URL);
  expect(await sql`select current_setting('timezone') as zone`).toEqual([{ zone: "UTC" }]);
});

test("full results carry command, row count and fields", async () => {
  const inserted = await connect()`insert into front_notes values (1, 'a'), (2, 'b')`;
  expect(inserted).toMatchObject({ command: "INSERT", rowCount: 2, rows: [], fields: [] });
  const selected = await connect()`select id from front_notes`;
  expect(selected).toMatchObject({
    command: "SELECT",
    rowCount: 2,
    fields: [{ name: "id", dataTypeID: 23, dataTypeSize: 4, dataTypeModifier: -1, format: "text" }],
  });
});

test("drizzle's neon-http reads and writes", async () => {
  const db = drizzle(neon(env.DATABASE_URL));
  await db.execute(text`insert into front_notes values (${1}, ${"via drizzle"})`);
  expect((await db.execute(text`select body from front_notes`)).rows).toEqual([{ body: "via drizzle" }]);
});

test("a batch is one transaction: an error in its last statement undoes the first", async () => {
  const sql = connect();
  const failure = await failureOf(
    sql.transaction([sql`insert into front_notes values (1, 'a')`, sql`insert into front_notes values (1, 'b')`]),
  );
  expect(failure).toMatchObject({
    code: "23505",
    constraint: "front_notes_pkey",
    severity: "ERROR",
    table: "front_notes",
    schema: "public",
  });
  expect(await bodies()).toEqual([]);
});

test("a batch runs under the isolation it asks for", async () => {
  const sql = connect();
  const [level, readOnly, deferrable] = await sql.transaction(
    [
      sql`select current_setting('transaction_isolation') as value`,
      sql`select current_setting('transaction_read_only') as value`,
      sql`select current_setting('transaction_deferrable') as value`,
    ],
    { isolationLevel: "Serializable", readOnly: true, deferrable: true },
  );
  expect([level, readOnly, deferrable].map((result) => result?.rows)).toEqual([
    [{ value: "serializable" }],
    [{ value: "on" }],
    [{ value: "on" }],
  ]);
});

test("a read-only batch refuses a write", async () => {
  const sql = connect();
  const failure = await failureOf(sql.transaction([sql`insert into front_notes values (1, 'a')`], { readOnly: true }));
  expect(failure.code).toBe("25006");
});

test("two statements in one query are refused", async () => {
  const failure = await failureOf(connect().query("select 1; select 2"));
  expect(failure.code).toBe("42601");
  expect((await failureOf(connect().query("delete from front_notes; drop table front_notes", []))).code).toBe("42601");
});

test("the error names constraint, table and place as strings", async () => {
  const failure = await failureOf(connect()`insert into front_notes values (1, '')`);
  expect(failure).toMatchObject({
    code: "23514",
    constraint: "front_notes_body_check",
    table: "front_notes",
  });
  expect(failure.line).toMatch(/^\d+$/);
  expect((await failureOf(connect()`select nowhere from front_notes`)).position).toBe("8");
});

test("the connection string decides the role", async () => {
  expect((await failureOf(connect()`drop table front_notes`)).code).toBe("42501");
  expect((await connect()`select current_user::text as name, current_database()::text as db`).rows).toEqual([
    { name: "chajipoa_app", db: control.database() },
  ]);
});

test("a wrong password is refused, a missing database cannot be reached", async () => {
  const wrong = await failureOf(neon(env.DATABASE_URL.replace(":app@", ":guess@"))`select 1`);
  expect(wrong.message).toContain("password authentication failed");
  const missing = await failureOf(neon(env.DATABASE_URL.replace(control.database(), "nowhere"))`select 1`);
  expect(missing.message).toContain("HTTP status 500");
});

test("a connection dropped after the commit is the driver's connection error, and the row is there", async () => {
  await control.neon.arm({ dropAfterCommit: { count: 1, match: "insert into front_notes" } });
  await connect()`select 1`;
  const failure = await failureOf(connect()`insert into front_notes values (1, 'kept')`);
  expect(failure.code).toBeUndefined();
  expect(failure.sourceError).toBeInstanceOf(Error);
  expect(await bodies()).toEqual(["kept"]);
  await connect()`insert into front_notes values (2, 'next')`;
});

test("a refusal executes nothing and ends after its count", async () => {
  await control.neon.arm({ refuse: { count: 1, mode: "error" } });
  expect((await failureOf(connect()`insert into front_notes values (1, 'a')`)).message).toContain("HTTP status 500");
  await control.neon.arm({ refuse: { count: 1, mode: "close" } });
  expect((await failureOf(connect()`insert into front_notes values (1, 'a')`)).sourceError).toBeInstanceOf(Error);
  expect(await bodies()).toEqual([]);
  await connect()`select 1`;
});

test("a refusal without a count lasts until it is cleared", async () => {
  await control.neon.arm({ refuse: {} });
  for (let n = 0; n < 3; n++) await failureOf(connect()`select 1`);
  await control.neon.clear();
  expect((await connect()`select 1 as n`).rows).toEqual([{ n: 1 }]);
});

test("an armed serialization failure has the code of a real one", async () => {
  await control.neon.arm({ serializationFailure: { count: 1 } });
  expect((await failureOf(connect()`select 1`)).code).toBe("40001");
});

test("a request held before it executes has no effect until it is released", async () => {
  await control.neon.hold({ phase: "before", match: "insert into front_notes" });
  const insert = connect()`insert into front_notes values (1, 'held')`.then((result) => result.rowCount);
  expect(await control.neon.held()).toMatchObject([
    { phase: "before", text: "insert into front_notes values (1, 'held')" },
  ]);
  expect(await bodies()).toEqual([]);
  expect(await control.neon.release()).toBe(1);
  expect(await insert).toBe(1);
});

test("a request held after its commit has had its effect, and can be cut off", async () => {
  await control.neon.hold({ phase: "after" });
  const failure = failureOf(connect()`insert into front_notes values (1, 'held')`.then((result) => result.rowCount));
  await control.neon.held();
  expect(await bodies()).toEqual(["held"]);
  await control.neon.release("abandon");
  expect((await failure).sourceError).toBeInstanceOf(Error);
});

test("each request is counted once, with its text", async () => {
  const sql = connect();
  const seen = await control.neon.during(async () => {
    await sql`select 1`;
    await sql.transaction([sql`select 2`, sql`select 3`]);
  });
  expect(seen).toEqual({ requests: 2, texts: ["select 1", "select 2;\nselect 3"] });
});

test("a setting of one request does not reach the next", async () => {
  const sql = neon(env.DATABASE_URL);
  await sql`select set_config('chajipoa.left', 'behind', false)`;
  const left = await Promise.all([1, 2, 3].map(() => sql`select current_setting('chajipoa.left', true) as value`));
  expect(left.flat().filter((row) => row["value"])).toEqual([]);
});

test("fifty requests at once are all answered", async () => {
  const sql = neon(env.DATABASE_URL);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => sql`insert into front_notes values (${n}, ${String(n)}) returning id`),
  );
  expect(answers.flat()).toHaveLength(50);
  expect(neonConfig.fetchEndpoint).toBe(env.NEON_HTTP_URL);
});
