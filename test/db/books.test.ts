import { describe, expect, test } from "vitest";
import { bookBreaks, createUser, ids } from "../support/factories.ts";
import { sql, SqlError } from "../support/control.ts";

const refusal = async (
  query: string,
  params: unknown[] = [],
  role: "owner" | "app" = "app",
): Promise<{ code: string; constraint: string | undefined }> => {
  try {
    await sql(query, params, role);
  } catch (error) {
    if (error instanceof SqlError) return { code: error.code, constraint: error.constraint };
    throw error;
  }
  throw new Error("was not refused");
};

const post = (reference: string, codes: string[], amounts: number[]) =>
  sql("select ledger_post($1, 'test', now(), now(), $2::text[], $3::bigint[]) as id", [reference, codes, amounts]);

const DENIED = "42501";

describe("the application's role", () => {
  const protectedTables = [
    "postings",
    "journal_entries",
    "accounts",
    "custody",
    "audit_log",
    "rentals",
    "payments",
    "payment_callbacks",
    "receipts",
    "users",
    "sessions",
    "messages",
    "idempotency_keys",
    "suspense_items",
    "tariffs",
    "vat_rates",
    "audit_chain",
    "audit_heads",
    "book_days",
    "trial_balances",
    "statements",
    "statement_lines",
  ];

  test.each(protectedTables)("may not delete from, update or empty %s", async (table) => {
    expect((await refusal(`delete from ${table}`)).code).toBe(DENIED);
    expect((await refusal(`truncate ${table}`)).code).toBe(DENIED);
    const [column] = await sql<{ name: string }>(
      "select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1 and is_identity = 'NO' limit 1",
      [table],
    );
    expect((await refusal(`update ${table} set ${column!.name} = ${column!.name}`)).code).toBe(DENIED);
  });

  test("may not write a posting, an entry or a balance itself", async () => {
    expect((await refusal("insert into postings (entry_id, account_id, amount_tzs) values (1, 1, 1)")).code).toBe(
      DENIED,
    );
    expect(
      (
        await refusal(
          "insert into journal_entries (kind, reference, input_hash, occurred_at, recorded_at) values ('a', 'b', 'c', now(), now())",
        )
      ).code,
    ).toBe(DENIED);
    expect((await refusal("update accounts set balance_tzs = 1000000")).code).toBe(DENIED);
  });

  test("may not call the functions that post on behalf of verbs", async () => {
    expect(
      (await refusal("select ledger_post('a', 'b', now(), now(), array['bank', 'goodwill'], array[1::bigint, -1])"))
        .code,
    ).toBe(DENIED);
    expect((await refusal("select internal_collect_debt('u', 'r', now())")).code).toBe(DENIED);
  });

  test("may not change the schema or take another role", async () => {
    expect((await refusal("drop table postings")).code).toBe(DENIED);
    expect((await refusal("alter table postings disable trigger all")).code).toBe(DENIED);
    expect((await refusal("create table mine (id int)")).code).toBe(DENIED);
    expect((await refusal("set session_replication_role = replica")).code).toBe(DENIED);
    expect((await refusal("set role chajipoa_owner")).code).toBe(DENIED);
  });
});

describe("the books, for the owner too,", () => {
  test("refuse postings that do not add up to zero", async () => {
    await expect(
      refusal(
        "select ledger_post($1, 'test', now(), now(), array['bank', 'goodwill'], array[5::bigint, -4])",
        [ids.secret(8)],
        "owner",
      ),
    ).resolves.toEqual({ code: "23514", constraint: "postings_sum_to_zero" });
  });

  test("refuse an entry without postings at the end of its transaction", async () => {
    const query =
      "insert into journal_entries (kind, reference, input_hash, occurred_at, recorded_at) values ('test', $1, 'x', now(), now())";
    expect(await refusal(query, [ids.secret(8)], "owner")).toEqual({
      code: "23514",
      constraint: "journal_entries_balance",
    });
  });

  test("refuse a posting of nothing and one to an account that is none", async () => {
    await post("zero:1", ["bank", "goodwill"], [5, -5]);
    const add = (account: string, amount: number) =>
      refusal(
        `insert into postings (entry_id, account_id, amount_tzs) select id, ${account}, ${amount} from journal_entries where reference = 'zero:1'`,
        [],
        "owner",
      );
    expect(await add("1", 0)).toMatchObject({ constraint: "postings_amount_tzs_check" });
    expect(await add("987654321", 5)).toMatchObject({ constraint: "postings_sum_to_zero" });
  });

  test.each(["postings", "journal_entries", "custody", "audit_log", "tariffs"])(
    "never change or lose a row of %s",
    async (table) => {
      const [column] = await sql<{ name: string }>(
        "select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1 and is_identity = 'NO' limit 1",
        [table],
      );
      const expected = { code: "23001", constraint: `${table}_append_only` };
      expect(await refusal(`delete from ${table}`, [], "owner")).toEqual(expected);
      expect(await refusal(`truncate ${table} cascade`, [], "owner")).toEqual(expected);
      expect(await refusal(`update ${table} set ${column!.name} = ${column!.name}`, [], "owner")).toEqual(expected);
    },
  );

  test("refuse a wallet below zero and leave nothing of the entry", async () => {
    const userId = await createUser({ walletTzs: 700 });
    const reference = ids.secret(8);
    await expect(post(reference, [`user_wallet:${userId}`, "bank"], [701, -701])).rejects.toMatchObject({
      code: "23514",
      constraint: "accounts_balance_tzs_check",
    });
    expect(await sql("select 1 from journal_entries where reference = $1", [reference])).toEqual([]);
  });

  test("refuse an account that changes its name or its side", async () => {
    expect(await refusal("update accounts set code = 'other' where code = 'bank'", [], "owner")).toMatchObject({
      code: "23001",
    });
    expect(await refusal("delete from accounts", [], "owner")).toMatchObject({ code: "23001" });
  });

  test("answer a repeated reference with the first entry and refuse one with other postings", async () => {
    const reference = ids.secret(8);
    const first = await post(reference, ["bank", "goodwill"], [5, -5]);
    expect(await post(reference, ["goodwill", "bank"], [-5, 5])).toEqual(first);
    await expect(post(reference, ["bank", "goodwill"], [6, -6])).rejects.toMatchObject({ code: "CP001" });
    expect(
      await sql(
        "select count(*)::int as n from postings p join journal_entries e on e.id = p.entry_id where e.reference = $1",
        [reference],
      ),
    ).toEqual([{ n: 2 }]);
  });

  test("agree with the balances after twenty postings to one wallet at once", async () => {
    const userId = await createUser({ walletTzs: 1_000 });
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => post(`${userId}:${i}`, [`user_wallet:${userId}`, "bank"], [50, -50])),
    );
    expect(
      await sql("select balance_tzs::int as balance from accounts where code = $1", [`user_wallet:${userId}`]),
    ).toEqual([{ balance: 0 }]);
    expect(await bookBreaks()).toEqual([]);
  });
});
