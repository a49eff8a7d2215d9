import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditReport, verifyAudit } from "../../dev/audit/verify.ts";
import { type Databases, prepareDatabases } from "../../dev/databases.ts";
import { drawKey } from "../../dev/local-env.ts";
import { type Postgres, startPostgres, withClient } from "../../dev/postgres.ts";
import { withDatabase } from "../../dev/target.ts";
import { createHeadKeys } from "../../src/audit/head-keys.ts";
import { sealAudit } from "../../src/audit/service.ts";
import { DAY_MS, MINUTE_MS } from "../../src/lib/clock.ts";

let folder = "";
let postgres: Postgres;
let databases: Databases;
let name = "";
const key = await drawKey("audit-1");
const keys = createHeadKeys(JSON.stringify([key]));
/** Noon in Dar es Salaam. */
const NOON_MS = Date.parse("2026-11-20T09:00:00.000Z");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-audit-"));
  postgres = await startPostgres({ dataFolder: join(folder, "postgres"), log() {}, durable: false });
  databases = await prepareDatabases(postgres);
}, 30_000);
afterAll(async () => {
  await databases.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => void (name = await databases.create()));

const owner = (text: string, params: unknown[] = []) => databases.query(name, text, params, "owner");
const tamper = (text: string) =>
  databases.query(name, `set session_replication_role = replica; ${text}`, [], "superuser");
const application = (text: string) => databases.query(name, text, [], "application");

const write = (count: number, atMs = NOON_MS) =>
  owner(
    `select internal_audit($2::timestamptz, 'user:usr_' || n, 'payment_opened', 'pay_' || n, jsonb_build_object('amountTzs', n * 100), nullif('req_' || n, 'req_3'))
     from generate_series(1, $1::int) n`,
    [count, new Date(atMs).toISOString()],
  );
const seal = (nowMs: number, batch?: number) =>
  withDatabase(postgres.url("application", name), (db) =>
    sealAudit({ db, clock: { now: () => nowMs }, auditKeys: keys, log: { write() {} } }, batch),
  );
const verify = (
  nowMs: number,
  options: { keys?: typeof keys | null; kept?: AuditReport["heads"] } = {},
): Promise<AuditReport> =>
  withClient(postgres.url("application", name), (client) => verifyAudit(client, { keys, nowMs, ...options }));
const kinds = ({ breaks }: AuditReport): string[] => [...new Set(breaks.map(({ kind }) => kind))];
const extend = async (patienceMs: number): Promise<{ status: string; count: number }> => {
  const input = JSON.stringify({ now: new Date(NOON_MS).toISOString(), limit: 1_000, patienceMs });
  const { rows } = await application(`select audit_chain_extend('${input}') as answer`);
  return (rows[0] as { answer: { status: string; count: number } }).answer;
};

const until = async (query: string): Promise<void> => {
  while ((await databases.query(name, query, [], "superuser")).rows.length === 0) await Bun.sleep(5);
};

/** Forty rows sealed at noon, heads of that day signed shortly after midnight, ten more rows sealed then. */
const sealTwoDays = async (): Promise<number> => {
  await write(40);
  await seal(NOON_MS);
  const nextMs = Date.parse("2026-11-20T21:06:00.000Z");
  await write(10, nextMs);
  expect(await seal(nextMs)).toEqual({ count: 10, heads: 8 });
  return nextMs + 2 * 60 * MINUTE_MS;
};

describe("a chain", () => {
  test("of every row, with eight heads for the day that is over, verifies", async () => {
    const report = await verify(await sealTwoDays());
    expect(report).toMatchObject({ sealedRows: 50, waitingRows: 0, breaks: [] });
    expect(report.heads.map(({ day }) => day)).toEqual(Array.from({ length: 8 }, () => "2026-11-20"));
    expect(report.ends).toHaveLength(8);
  });

  test("is the same whatever the size of the batches, and sealing again adds nothing", async () => {
    await write(101);
    expect(await seal(NOON_MS, 10)).toMatchObject({ count: 101 });
    expect(await seal(NOON_MS, 10)).toMatchObject({ count: 0 });
    expect((await verify(NOON_MS)).breaks).toEqual([]);
  });

  test("takes up what twenty writers put in at once while four others seal", async () => {
    const writers = Array.from({ length: 20 }, async () => {
      for (let i = 0; i < 5; i++) await write(3);
    });
    const sealers = Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 10; i++) await seal(NOON_MS, 50);
    });
    await Promise.all([...writers, ...sealers]);
    await seal(NOON_MS);
    expect(await verify(NOON_MS)).toMatchObject({ sealedRows: 300, waitingRows: 0, breaks: [] });
  });

  test("waits for a row whose id was drawn before that of one that is visible already", async () => {
    await owner("create table gate (opened boolean)");
    const slow = owner(`begin; select internal_audit(now(), 'a', 'slow', 's', '{}', null);
      do $$ begin while not exists (select from gate) loop perform pg_sleep(0.005); end loop; end $$; commit`);
    await until("select from pg_locks where relation = 'audit_log'::regclass and mode = 'RowExclusiveLock'");
    await owner("select internal_audit(now(), 'a', 'quick', 's', '{}', null)");
    expect(await extend(0)).toMatchObject({ status: "waiting", count: 0 });
    const patient = extend(10_000);
    await until("select from pg_stat_activity where query like '%audit_chain_extend%' and wait_event = 'PgSleep'");
    await owner("insert into gate values (true)");
    await slow;
    expect(await patient).toMatchObject({ status: "sealed", count: 2 });
    expect((await owner("select action from audit_log join audit_chain on audit_id = id order by id")).rows).toEqual([
      { action: "slow" },
      { action: "quick" },
    ]);
  });

  test("never makes a writer wait: rows go in while a batch is being sealed", async () => {
    await write(5);
    const sealing = databases.query(
      name,
      `begin; select audit_chain_extend('{"now": "2026-11-20T09:00:00Z", "limit": 100}');
      do $$ begin while not exists (select from audit_log where action = 'meanwhile') loop perform pg_sleep(0.005); end loop; end $$; commit`,
      [],
      "owner",
    );
    await until("select from pg_locks where locktype = 'advisory' and objid = 7183541");
    await owner("select internal_audit(now(), 'a', 'meanwhile', 's', '{}', null)");
    await sealing;
    expect(await seal(NOON_MS)).toMatchObject({ count: 1 });
  });

  test("of a database whose cron was away for three days gets the heads of all of them", async () => {
    await write(16);
    await seal(NOON_MS);
    expect(await seal(NOON_MS + 3 * DAY_MS)).toEqual({ count: 0, heads: 24 });
    expect(kinds(await verify(NOON_MS + 3 * DAY_MS))).toEqual([]);
    expect(await seal(NOON_MS + 3 * DAY_MS)).toEqual({ count: 0, heads: 0 });
  });

  test("gets no head before five past midnight in Dar es Salaam", async () => {
    await write(16);
    await seal(NOON_MS);
    expect(await seal(Date.parse("2026-11-20T21:04:59.999Z"))).toEqual({ count: 0, heads: 0 });
    expect(await seal(Date.parse("2026-11-20T21:05:00.000Z"))).toEqual({ count: 0, heads: 8 });
  });
});

const columns = ["id", "at", "actor", "action", "subject", "detail", "request_id"];
test("the columns that are sealed are the columns of the table", async () => {
  const { rows } = await owner(
    "select column_name as name from information_schema.columns where table_name = 'audit_log' order by ordinal_position",
  );
  expect(rows).toEqual(columns.map((column) => ({ name: column })));
});

describe("tampering past every trigger is found:", () => {
  const changes: Record<string, string> = {
    id: "id = 1017",
    at: "at = at + interval '1 millisecond'",
    actor: "actor = actor || ' '",
    action: "action = 'payment_succeeded'",
    subject: "subject = 'pay_18'",
    detail: `detail = detail || '{"amountTzs": 1701}'`,
    request_id: "request_id = null",
  };
  test.each(columns)("another value in %s", async (column) => {
    const nowMs = await sealTwoDays();
    await tamper(
      `alter table audit_log alter id drop identity if exists; update audit_log set ${changes[column]} where id = 17`,
    );
    const { breaks } = await verify(nowMs);
    expect(breaks[0]).toEqual({
      kind: column === "id" ? "row_removed" : "row_changed",
      where: "row 17 (shard 1, position 3)",
    });
  });

  test("a row that is gone", async () => {
    const nowMs = await sealTwoDays();
    await tamper("delete from audit_log where id = 23");
    expect((await verify(nowMs)).breaks).toEqual([{ kind: "row_removed", where: "row 23 (shard 7, position 3)" }]);
  });

  test("a row that is gone together with its link", async () => {
    const nowMs = await sealTwoDays();
    await tamper("delete from audit_log where id = 23; delete from audit_chain where audit_id = 23");
    expect((await verify(nowMs)).breaks[0]).toEqual({ kind: "link_broken", where: "row 31 (shard 7, position 4)" });
  });

  test("a row that was put in below the end of the chain", async () => {
    const nowMs = await sealTwoDays();
    await tamper("delete from audit_log where id = 23");
    await tamper(
      "insert into audit_log (id, at, actor, action, subject, detail) overriding system value values (0, now(), 'user:x', 'payment_opened', 'pay_x', '{}')",
    );
    expect(kinds(await verify(nowMs))).toEqual(["row_removed", "row_inserted"]);
  });

  test("a row that was put in and sealed by hand", async () => {
    const nowMs = await sealTwoDays();
    await tamper(`insert into audit_log (id, at, actor, action, subject, detail) overriding system value values (8000, now(), 'user:x', 'payment_opened', 'pay_x', '{}');
      insert into audit_chain select 0, 99, 8000, hash, sha256('x'), now() from audit_chain where shard = 0 order by position desc limit 1`);
    expect((await verify(nowMs)).breaks[0]).toEqual({ kind: "link_broken", where: "row 8000 (shard 0, position 99)" });
  });

  test("a chain that was made anew over changed rows, because the heads were signed over the old one", async () => {
    const nowMs = await sealTwoDays();
    await tamper("update audit_log set actor = 'nobody' where id = 17; delete from audit_chain");
    await seal(NOON_MS);
    expect(kinds(await verify(nowMs))).toEqual(["head_foreign"]);
  });

  test("the end of the log and of the chain cut off", async () => {
    const nowMs = await sealTwoDays();
    await tamper("delete from audit_log where id > 30; delete from audit_chain where audit_id > 30");
    expect(kinds(await verify(nowMs))).toEqual(["head_foreign"]);
  });

  test("heads that are gone, one or all", async () => {
    const nowMs = await sealTwoDays();
    await tamper("delete from audit_heads where shard = 5");
    expect((await verify(nowMs)).breaks).toEqual([{ kind: "head_missing", where: "head of 2026-11-20, shard 5" }]);
    await tamper("delete from audit_heads");
    expect((await verify(nowMs)).breaks).toHaveLength(8);
  });

  test("a chain and heads that were made anew, by heads that were kept elsewhere", async () => {
    const nowMs = await sealTwoDays();
    const kept = (await verify(nowMs)).heads;
    await tamper(
      "update audit_log set actor = 'nobody' where id = 17; delete from audit_chain; delete from audit_heads",
    );
    await seal(NOON_MS);
    await seal(nowMs);
    expect(kinds(await verify(nowMs))).toEqual([]);
    expect(kinds(await verify(nowMs, { kept }))).toEqual(["kept_head_missing"]);
  });

  test.each([
    "position = position - 1",
    "hash = sha256('x')",
    "signature = left(signature, -4) || 'AAAA'",
    "signed_at = signed_at + interval '1 second'",
  ])("a head with another %s", async (change) => {
    const nowMs = await sealTwoDays();
    await tamper(`update audit_heads set ${change} where shard = 2`);
    expect((await verify(nowMs)).breaks).toEqual([{ kind: "signature_bad", where: "head of 2026-11-20, shard 2" }]);
  });

  test("a head that is signed by somebody else under the right name, or under an unknown one", async () => {
    const nowMs = await sealTwoDays();
    const { x, d } = await drawKey("audit-1");
    const theirs = createHeadKeys(JSON.stringify([{ ...key, x, d }]));
    expect(kinds(await verify(nowMs, { keys: theirs }))).toEqual(["signature_bad"]);
    expect(kinds(await verify(nowMs, { keys: createHeadKeys(JSON.stringify([{ ...key, kid: "other" }])) }))).toEqual([
      "key_unknown",
    ]);
  });

  test("rows that nobody seals", async () => {
    await write(3);
    expect(await verify(NOON_MS + 59 * MINUTE_MS)).toMatchObject({ waitingRows: 3, breaks: [] });
    expect((await verify(NOON_MS + 61 * MINUTE_MS)).breaks).toEqual([
      { kind: "row_unsealed", where: "row 1, for more than an hour" },
    ]);
  });
});

test("the application may write neither links nor heads, and the owner may change none", async () => {
  await sealTwoDays();
  const code = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => "done",
      (error: { code: string }) => error.code,
    );
  expect(await code(application("insert into audit_chain values (0, 99, 99, 'x', 'x', now())"))).toBe("42501");
  expect(await code(application("delete from audit_heads"))).toBe("42501");
  expect(await code(owner("update audit_chain set hash = 'x'"))).toBe("23001");
  expect(await code(owner("truncate audit_heads"))).toBe("23001");
  const foreign = JSON.stringify({
    now: "2026-11-21",
    heads: [{ day: "2026-11-20", shard: 0, position: 1, hash: "00", keyId: "k", signature: "s" }],
  });
  expect(await code(application(`select audit_heads_store('${foreign}')`))).toBe("CP010");
});

test("the command prints the heads and ends with 0; with 1 and the first break; with 2 when it cannot look", async () => {
  const run = async (args: string[], env: Record<string, string> = {}): Promise<[number, string]> => {
    const settings = {
      DATABASE_URL: postgres.url("application", name),
      AUDIT_KEYS: JSON.stringify([{ ...key, d: undefined }]),
      ...env,
    };
    const command = Bun.spawn([process.execPath, "dev/audit-verify.ts", ...args], {
      env: { PATH: process.env["PATH"] ?? "", ...settings },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([new Response(command.stdout).text(), new Response(command.stderr).text()]);
    return [await command.exited, out + err];
  };
  const yesterdayMs = Date.now() - DAY_MS;
  await write(9, yesterdayMs);
  await seal(yesterdayMs);
  await seal(Date.now());
  const [good, said] = await run([]);
  expect(said).toContain("8 heads verified");
  expect(good).toBe(0);
  const [asJson, json] = await run(["--json"]);
  expect([asJson, (JSON.parse(json) as AuditReport).heads.length]).toEqual([0, 8]);
  const keptFile = join(folder, "kept.json");
  await writeFile(keptFile, json);
  expect((await run(["--kept", keptFile]))[0]).toBe(0);
  await tamper("update audit_log set actor = 'nobody' where id = 4");
  expect(await run([])).toEqual([1, expect.stringContaining("first break: row_changed: row 4 ")]);
  expect((await run([], { AUDIT_KEYS: "" }))[0]).toBe(2);
  expect((await run([], { DATABASE_URL: "postgresql://u:hidden@127.0.0.1:9/none" }))[0]).toBe(2);
});
