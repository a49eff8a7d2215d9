// What the driver never sends or hides: the Neon front's wire format itself.
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import * as control from "../support/control.ts";

beforeAll(async () => {
  await control.sql(
    "create table wire_notes (id int primary key deferrable initially deferred); grant select, insert on wire_notes to chajipoa_app",
  );
});

const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(env.NEON_HTTP_URL, {
    method: "POST",
    headers: { "neon-connection-string": env.DATABASE_URL, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const rowsOf = async (
  query: string,
  params: unknown[] = [],
  headers: Record<string, string> = {},
): Promise<unknown> => {
  const response = await post({ query, params }, headers);
  return (await response.json<{ rows: unknown }>()).rows;
};

const RAW = { "neon-raw-text-output": "true", "neon-array-mode": "true" };

test("raw text and array mode answer what Postgres sent", async () => {
  expect(await rowsOf("select 1::int4, true, null::text, '{1,2}'::int[], '{\"a\": 1}'::jsonb", [], RAW)).toEqual([
    ["1", "t", null, "{1,2}", '{"a": 1}'],
  ]);
});

test("without the headers rows are objects of JSON values", async () => {
  const query = `select 1::int2 as small, 2::int4 as n, 1.5::float8 as f, 'NaN'::float8 as nan, 3::int8 as big, 1.10::numeric as exact,
    true as yes, '{"a":[1]}'::jsonb as doc, null::int as nothing, '2026-01-02'::date as day, 7::oid as oid`;
  expect(await rowsOf(query)).toEqual([
    {
      small: 1,
      n: 2,
      f: 1.5,
      nan: "NaN",
      big: "3",
      exact: "1.10",
      yes: true,
      doc: { a: [1] },
      nothing: null,
      day: "2026-01-02",
      oid: "7",
    },
  ]);
});

test("arrays become JSON arrays, nested, quoted, with NULL and with bounds", async () => {
  const query = `select array[[1,2],[3,null]] as nested, array['a,b','c"d','e\\f','NULL',null,''] as words, '[0:1]={t,f}'::bool[] as bounded,
    array['{"a":"}"}'::jsonb] as docs, array[1::int8] as big, '{}'::int[] as none`;
  expect(await rowsOf(query)).toEqual([
    {
      nested: [
        [1, 2],
        [3, null],
      ],
      words: ["a,b", 'c"d', "e\\f", "NULL", null, ""],
      bounded: [true, false],
      docs: [{ a: "}" }],
      big: ["1"],
      none: [],
    },
  ]);
});

test("parameters may be any JSON value", async () => {
  const query =
    "select $1::int4 as n, $2::bool as yes, $3::jsonb as doc, $4::text[] as words, $5::text as nothing, $6::jsonb[] as docs";
  const params = [1, true, { a: 'b"c' }, ["x", 'y"z', null], null, [{ a: 1 }]];
  expect(await rowsOf(query, params)).toEqual([
    { n: 1, yes: true, doc: { a: 'b"c' }, words: ["x", 'y"z', null], nothing: null, docs: [{ a: 1 }] },
  ]);
});

test("params may be missing", async () => {
  expect((await post({ query: "select 1" })).status).toBe(200);
});

test("arrayMode of a query goes before the header", async () => {
  const queries = [
    { query: "select 1 as n", arrayMode: true },
    { query: "select 1 as n" },
    { query: "select 1 as n", arrayMode: false },
  ];
  const response = await post({ queries }, { "neon-array-mode": "false" });
  const { results } = await response.json<{ results: { rows: unknown; rowAsArray: boolean }[] }>();
  expect(results.map(({ rows, rowAsArray }) => [rows, rowAsArray])).toEqual([
    [[[1]], true],
    [[{ n: 1 }], false],
    [[{ n: 1 }], false],
  ]);
});

test.each([
  ["create temporary table gone (n int)", "CREATE", null],
  ["insert into wire_notes select 1000 where false", "INSERT", 0],
  ["select 1", "SELECT", 1],
  ["begin", "BEGIN", null],
])("%s is tagged %s", async (query, command, rowCount) => {
  expect(await (await post({ query })).json()).toMatchObject({ command, rowCount });
});

test("a deferred constraint fails at the commit of one statement and of a batch", async () => {
  const query = "insert into wire_notes values (1), (1)";
  const single = await post({ query });
  expect([single.status, (await single.json<{ code: string }>()).code]).toEqual([400, "23505"]);
  const batch = await post({ queries: [{ query }, { query: "select 1" }] });
  expect([batch.status, (await batch.json<{ code: string }>()).code]).toEqual([400, "23505"]);
  expect(await control.sql("select from wire_notes where id = 1")).toEqual([]);
});

test("a database error has every field, and nulls where there is nothing", async () => {
  const body = await (await post({ query: "select 1 from nowhere" })).json();
  expect(body).toEqual({
    message: 'relation "nowhere" does not exist',
    code: "42P01",
    severity: "ERROR",
    position: "15",
    file: "parse_relation.c",
    line: expect.stringMatching(/^\d+$/) as string,
    routine: "parserOpenTable",
    detail: null,
    hint: null,
    internalPosition: null,
    internalQuery: null,
    where: null,
    table: null,
    column: null,
    schema: null,
    dataType: null,
    constraint: null,
  });
});

test("an error that is not the database's has an empty code", async () => {
  const response = await post({ query: "select 1" }, { "neon-batch-isolation-level": "Snapshot" });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    message: "invalid isolation level",
    code: "",
    severity: "",
    detail: null,
  });
});

test.each([
  ["no connection string", { "neon-connection-string": "" }],
  ["another scheme", { "neon-connection-string": "mysql://u:p@h/d" }],
  ["no user", { "neon-connection-string": "postgresql://h/d" }],
  ["no password", { "neon-connection-string": "postgresql://u@h/d" }],
  ["no database", { "neon-connection-string": "postgresql://u:p@h" }],
])("%s is a 400 without a code", async (_, headers) => {
  const response = await post({ query: "select 1" }, headers);
  expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([400, ""]);
});

test.each(["not json", "[]", "{}", '{"query":1}', '{"queries":[{}]}', '{"query":"select 1","params":{}}'])(
  "the body %s is a 400",
  async (body) => {
    expect((await post(body)).status).toBe(400);
  },
);

test("the batch headers come back on success", async () => {
  const response = await post(
    { queries: [] },
    {
      "neon-batch-isolation-level": "RepeatableRead",
      "neon-batch-read-only": "true",
      "neon-batch-deferrable": "false",
    },
  );
  const back = ["neon-batch-isolation-level", "neon-batch-read-only", "neon-batch-deferrable"].map((name) =>
    response.headers.get(name),
  );
  expect([response.status, ...back]).toEqual([200, "RepeatableRead", "true", null]);
});

test("every answer has a request id and may be read from any origin", async () => {
  for (const response of [await post({ query: "select 1" }), await post({ query: "nonsense" })]) {
    expect(response.headers.get("neon-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    await response.text();
  }
});

test("OPTIONS /sql is answered for browsers", async () => {
  const response = await fetch(env.NEON_HTTP_URL, { method: "OPTIONS" });
  expect([response.status, response.headers.get("access-control-allow-methods")]).toEqual([200, "POST, OPTIONS"]);
  expect(response.headers.get("access-control-allow-headers")).toContain("Neon-Connection-String");
});

test("other paths and methods are not supported", async () => {
  const other = await fetch(env.NEON_HTTP_URL.replace("/sql", "/other"), { method: "POST", body: "{}" });
  expect([other.status, await other.json()]).toEqual([400, "query is not supported"]);
  const get = await fetch(env.NEON_HTTP_URL);
  expect([get.status, await get.json()]).toEqual([400, "query is not supported"]);
});

test("a request above 10 MiB is a 413", async () => {
  const response = await post({ query: "select $1::text", params: ["x".repeat(10 * 1024 * 1024)] });
  expect([response.status, (await response.json<{ message: string }>()).message]).toEqual([
    413,
    "request is too large (max is 10485760 bytes)",
  ]);
});

test("an answer above 10 MiB is a 507, and a batch with one is rolled back", async () => {
  const query = "select repeat('x', 1024 * 1024) from generate_series(1, 11)";
  expect((await post({ query })).status).toBe(507);
  expect((await post({ queries: [{ query: "insert into wire_notes values (7)" }, { query }] })).status).toBe(507);
  expect(await control.sql("select from wire_notes where id = 7")).toEqual([]);
});

test("a connection that ends while a statement runs is a 400 with what Postgres said", async () => {
  const response = await post({ query: "select pg_terminate_backend(pg_backend_pid())" });
  expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([400, "57P01"]);
  expect((await post({ query: "select 1" })).status).toBe(200);
});
