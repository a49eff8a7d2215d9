import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Databases, prepareDatabases } from "../../dev/databases.ts";
import { type Postgres, startPostgres } from "../../dev/postgres.ts";
import { withDatabase } from "../../dev/target.ts";
import { checkBooks, closeBooks } from "../../src/books/service.ts";
import { DAY_MS } from "../../src/lib/clock.ts";

let folder = "";
let postgres: Postgres;
let databases: Databases;
let name = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-books-"));
  postgres = await startPostgres({ dataFolder: join(folder, "postgres"), log() {}, durable: false });
  databases = await prepareDatabases(postgres);
}, 30_000);
afterAll(async () => {
  await databases.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => void (name = await databases.create()));

const owner = async <Row>(text: string, params: unknown[] = []) =>
  (await databases.query(name, text, params, "owner")).rows as Row[];
const tamper = (text: string) =>
  databases.query(name, `set session_replication_role = replica; ${text}`, [], "superuser");
let references = 0;
/** Money comes in at a time of Dar es Salaam, into a renter's wallet. */
const receive = (local: string, amountTzs: number) =>
  owner(
    "select ledger_post($1, 'test', $2, $2, array['azampay_clearing', 'user_wallet:usr_1'], array[$3::bigint, -$3::bigint])",
    [`test:${++references}`, `${local}+03:00`, amountTzs],
  );
const localMs = (local: string): number => Date.parse(`${local}+03:00`);
const alerts: unknown[] = [];
const close = (local: string) =>
  withDatabase(postgres.url("application", name), (db) =>
    closeBooks({
      db,
      clock: { now: () => localMs(local) },
      log: { write: (level, event, fields) => void alerts.push([level, event, fields["kind"]]) },
    }),
  );
const kinds = (local: string): Promise<string[]> =>
  withDatabase(postgres.url("application", name), async (db) =>
    (await checkBooks({ db, clock: { now: () => localMs(local) } })).breaks.map(({ kind }) => kind),
  );
const trial = (account: string) =>
  owner<{ day: string; debit: number; credit: number }>(
    "select day::text, debit_tzs::int as debit, credit_tzs::int as credit from trial_balances where account = $1 order by day",
    [account],
  );
const clearing = () => trial("azampay_clearing");
const sumOf = async (code: string): Promise<{ snapshot: string; sum: string | null }> =>
  (
    await owner<{ snapshot: string; sum: string | null }>(
      `select internal_house_balance($1) as snapshot, sum(p.amount_tzs * case a.normal_side when 'debit' then 1 else -1 end) as sum
     from accounts a join postings p on p.account_id = a.id where a.code = $1`,
      [code],
    )
  )[0]!;

describe("a day", () => {
  test("ends at midnight in Dar es Salaam, to the millisecond", async () => {
    await receive("2026-11-20T00:00:00.000", 1);
    await receive("2026-11-20T23:59:59.999", 20);
    await receive("2026-11-21T00:00:00.000", 300);
    expect(await close("2026-11-21T00:06:00")).toMatchObject({ days: 1 });
    expect(await clearing()).toEqual([{ day: "2026-11-20", debit: 21, credit: 0 }]);
    await close("2026-11-22T00:06:00");
    expect(await clearing()).toEqual([
      { day: "2026-11-20", debit: 21, credit: 0 },
      { day: "2026-11-21", debit: 321, credit: 0 },
    ]);
    expect(await trial("user_wallet")).toEqual([
      { day: "2026-11-20", debit: 0, credit: 21 },
      { day: "2026-11-21", debit: 0, credit: 321 },
    ]);
  });

  test("is closed five minutes after it, not before, and once", async () => {
    await receive("2026-11-20T12:00:00", 5);
    expect(await close("2026-11-21T00:04:59.999")).toEqual({ days: 0, breaks: null });
    expect(await close("2026-11-21T00:05:00.000")).toEqual({ days: 1, breaks: 0 });
    const stored = await owner("select * from book_days join trial_balances using (day)");
    expect(await close("2026-11-21T00:06:00")).toEqual({ days: 0, breaks: null });
    expect(await owner("select * from book_days join trial_balances using (day)")).toEqual(stored);
  });

  test("is closed once by twenty rounds at the same moment", async () => {
    await receive("2026-11-18T12:00:00", 5);
    await Promise.all(Array.from({ length: 20 }, () => close("2026-11-21T00:05:00")));
    await close("2026-11-21T00:06:00");
    expect((await clearing()).map(({ day, debit }) => [day, debit])).toEqual([
      ["2026-11-18", 5],
      ["2026-11-19", 5],
      ["2026-11-20", 5],
    ]);
  });

  test("that was missed is closed later as it would have been, days without anything too", async () => {
    await receive("2026-11-16T12:00:00", 1);
    await receive("2026-11-18T12:00:00", 20);
    await receive("2026-11-20T12:00:00", 300);
    await receive("2026-11-21T09:00:00", 4_000);
    expect(await close("2026-11-21T10:00:00")).toEqual({ days: 5, breaks: 0 });
    expect((await clearing()).map(({ debit }) => debit)).toEqual([1, 1, 21, 21, 321]);
    expect(
      await owner("select count(*)::int as n from book_days where checked_at is null or break_count <> 0"),
    ).toEqual([{ n: 0 }]);
  });

  test("has every house account and each kind of renters' account, and adds up", async () => {
    await receive("2026-11-20T12:00:00", 5);
    await close("2026-11-21T00:05:00");
    const accounts = await owner<{ account: string }>("select account from trial_balances order by account");
    expect(accounts.map(({ account }) => account)).toEqual([
      "azampay_clearing",
      "bad_debt",
      "bank",
      "goodwill",
      "provider_fees",
      "revenue_extension",
      "revenue_late",
      "revenue_lost",
      "revenue_rental",
      "suspense",
      "user_debt",
      "user_hold",
      "user_wallet",
      "vat_output",
      "withdrawal_clearing",
    ]);
    expect(await owner("select sum(debit_tzs - credit_tzs)::int as sum from trial_balances")).toEqual([{ sum: 0 }]);
  });

  test("of a database without an entry is never due", async () => {
    expect(await close("2026-11-21T00:05:00")).toEqual({ days: 0, breaks: null });
  });

  test("waits for an entry of its own that is not committed yet", async () => {
    await receive("2026-11-20T12:00:00", 1);
    await owner("create table gate (opened boolean)");
    const slow =
      owner(`begin; select ledger_post('slow', 'test', '2026-11-20T20:59:59Z', '2026-11-20T20:59:59Z', array['bank', 'azampay_clearing'], array[7::bigint, -7]);
      do $$ begin while not exists (select from gate) loop perform pg_sleep(0.005); end loop; end $$; commit`);
    while (
      (await owner("select from pg_locks where relation = 'postings'::regclass and mode = 'RowExclusiveLock'"))
        .length === 0
    )
      await Bun.sleep(5);
    const input = JSON.stringify({ now: "2026-11-20T21:05:00Z", patienceMs: 0 });
    expect(await owner(`select books_close('${input}') as answer`)).toEqual([{ answer: { status: "waiting" } }]);
    const closing = close("2026-11-21T00:05:00");
    await owner("insert into gate values (true)");
    await slow;
    await closing;
    await close("2026-11-21T00:06:00");
    expect(await clearing()).toEqual([{ day: "2026-11-20", debit: 1, credit: 7 }]);
  });
});

describe("the balance of a house account", () => {
  test("is the newest trial balance plus what came since, also where ids and times cross at midnight", async () => {
    expect(await sumOf("azampay_clearing")).toEqual({ snapshot: "0", sum: null });
    await receive("2026-11-20T12:00:00", 1);
    await receive("2026-11-21T00:00:00.005", 20);
    await receive("2026-11-20T23:59:59.990", 300);
    await receive("2026-11-21T00:00:00.010", 4_000);
    expect(await sumOf("azampay_clearing")).toEqual({ snapshot: "4321", sum: "4321" });
    await close("2026-11-21T00:05:00");
    expect((await clearing()).map(({ debit }) => debit)).toEqual([301]);
    expect(await sumOf("azampay_clearing")).toEqual({ snapshot: "4321", sum: "4321" });
    await receive("2026-11-21T13:00:00", 50_000);
    expect(await sumOf("azampay_clearing")).toEqual({ snapshot: "54321", sum: "54321" });
    await close("2026-11-22T00:05:00");
    expect(await sumOf("azampay_clearing")).toEqual({ snapshot: "54321", sum: "54321" });
    expect((await clearing()).map(({ debit }) => debit)).toEqual([301, 54_321]);
  });
});

describe("the check of a closed day", () => {
  beforeEach(async () => {
    await receive("2026-11-20T12:00:00", 5);
    await close("2026-11-21T00:05:00");
  });

  test.each([
    [
      "a trial balance that was changed",
      "update trial_balances set debit_tzs = 6 where account = 'azampay_clearing'",
      "trial_balance_differs",
    ],
    ["one whose line is gone", "delete from trial_balances where account = 'user_wallet'", "trial_balance_differs"],
    [
      "an entry that was put into it afterwards",
      "select ledger_post('late', 'test', '2026-11-20T10:00Z', '2026-11-20T10:00Z', array['bank', 'goodwill'], array[5::bigint, -5])",
      "trial_balance_differs",
    ],
    ["a day that is gone", "delete from trial_balances; delete from book_days", "day_not_closed"],
  ])("finds %s", async (_, change, kind) => {
    expect(await kinds("2026-11-21T02:00:00")).toEqual([]);
    await tamper(change);
    expect([...new Set(await kinds("2026-11-21T02:00:00"))]).toEqual([kind]);
  });

  test("finds a day that nobody closed, from one o'clock on", async () => {
    expect(await kinds("2026-11-22T00:59:59")).toEqual([]);
    expect(await kinds("2026-11-22T01:00:00")).toEqual(["day_not_closed"]);
  });

  test("finds a day of the audit log without a signed head", async () => {
    await tamper(
      "insert into audit_log (at, actor, action, subject, detail) values ('2026-11-20T09:00Z', 'a', 'b', 'c', '{}')",
    );
    await owner(`select audit_chain_extend('{"now": "2026-11-20T09:01:00Z", "limit": 10}')`);
    expect(await kinds("2026-11-21T00:59:00")).toEqual([]);
    expect(await kinds("2026-11-21T01:00:00")).toEqual(["audit_head_missing"]);
  });

  test("is made by the round that closes, which alerts and keeps the count", async () => {
    await tamper("update accounts set balance_tzs = 4 where code = 'user_wallet:usr_1'");
    alerts.length = 0;
    expect(await close("2026-11-22T00:05:00")).toEqual({ days: 1, breaks: 1 });
    expect(alerts).toEqual([["error", "alert", "balance_differs"]]);
    expect(await owner("select day::text, break_count as n from book_days order by day")).toEqual([
      { day: "2026-11-20", n: 0 },
      { day: "2026-11-21", n: 1 },
    ]);
  });
});

test("a closed day can be changed by nobody, and the application writes no statement past its function", async () => {
  await receive("2026-11-20T12:00:00", 5);
  await close("2026-11-21T00:05:00");
  const code = (text: string, role: "owner" | "application" = "owner"): Promise<unknown> =>
    databases.query(name, text, [], role).then(
      () => "done",
      (error: { code: string }) => error.code,
    );
  expect(await code("update trial_balances set debit_tzs = 0")).toBe("23001");
  expect(await code("delete from trial_balances")).toBe("23001");
  expect(await code("update book_days set last_entry_id = 0")).toBe("23001");
  expect(await code("delete from statement_lines")).toBe("23001");
  expect(await code("update statement_lines set amount_tzs = 1")).toBe("23001");
  expect(
    await code(
      "insert into trial_balances (day, account, debit_tzs, credit_tzs) values ('2026-11-20', 'x', 1, 1)",
      "application",
    ),
  ).toBe("42501");
  expect(await code("update statement_lines set status = 'paid'", "application")).toBe("42501");
});

test("the command prints the books and ends with 0; with 1 and what to do on a break; with 2 on a statement it cannot read", async () => {
  const run = async (args: string[], url = postgres.url("application", name)): Promise<[number, string]> => {
    const command = Bun.spawn([process.execPath, "dev/books.ts", ...args], {
      env: { PATH: process.env["PATH"] ?? "", DATABASE_URL: url },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([new Response(command.stdout).text(), new Response(command.stderr).text()]);
    return [await command.exited, out + err];
  };
  const today = new Date(Date.now() + 3 * 3_600_000).toISOString().slice(0, 10);
  await receive(`${today}T00:00:00`, 1_234_567);
  const [good, said] = await run([]);
  expect(said).toMatch(/azampay_clearing +1,234,567 +0 +1,234,567\n/);
  expect(said).toMatch(/total +1,234,567 +1,234,567 +1,234,567 +1,234,567\n/);
  expect([good, said.trimEnd().endsWith("no breaks")]).toEqual([0, true]);

  const file = join(folder, "statement.csv");
  await writeFile(
    file,
    `Transaction ID,Amount,Status,Date\nabc,900,success,${new Date(Date.now() - DAY_MS).toISOString()}\n`,
  );
  const [broken, table] = await run(["--import", file]);
  expect([broken, table.includes("1 new"), table.includes("paid_not_credited: ")]).toEqual([1, true, true]);
  expect(table).toMatch(/paid_not_credited +abc +24 hours +900 +0 +no payment of ours/);
  const [again, json] = await run(["--import", file, "--json"]);
  expect([again, (JSON.parse(json) as { imported: string }).imported.includes("0 new")]).toEqual([1, true]);

  await writeFile(file, "Transaction ID,Amount,Status,Date\nabc,lots,success,2026-11-20\n");
  expect(await run(["--import", file])).toEqual([2, expect.stringContaining("row 2: the amount")]);
  expect((await run([], "postgresql://u:hidden@127.0.0.1:9/none"))[0]).toBe(2);
  expect((await run(["--import", join(folder, "none.csv")]))[0]).toBe(2);
});
