import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { importStatement } from "../../src/books/service.ts";
import { DAY_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { sql } from "../support/control.ts";
import { ids } from "../support/factories.ts";
import { breaksOf, callBack, type CleanBooks, createCleanBooks, type PaidPayment, tamper } from "./fixture.ts";

let books: CleanBooks;
let startMs = 0;
beforeAll(async () => {
  books = await createCleanBooks();
  startMs = books.bench.clock.now();
});
afterEach(async () => {
  books.bench.clock.set(startMs);
  await tamper("delete from statement_lines; delete from statements; delete from withdrawals");
});

interface Line {
  reference: string;
  ours?: string;
  amount?: number;
  type?: "in" | "out";
  status?: string;
  atMs?: number;
}
const csv = (lines: Line[]): string =>
  [
    "Transaction ID,External Id,Amount,Type,Status,Date",
    ...lines.map(
      ({ reference, ours = "", amount = 5_000, type = "in", status = "success", atMs = startMs - 120 * MINUTE_MS }) =>
        [reference, ours, amount, type, status, new Date(atMs).toISOString()].join(","),
    ),
  ].join("\n");
const take = (...lines: Line[]) =>
  importStatement(
    books.bench.deps,
    { kind: "system", job: "test" },
    { provider: "azampay", text: csv(lines), requestId: "req_test" },
  );
const lineOf = (
  { providerReference: reference, externalId: ours }: PaidPayment,
  changes: Partial<Line> = {},
): Line => ({ reference, ours, ...changes });
const found = async (...kinds: string[]) =>
  (await breaksOf(books.bench))
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    .map(({ kind, subject, amountTzs, expectedTzs }) => ({ kind, subject, amountTzs, expectedTzs }));
const isUnconfirmed = async ({ id }: PaidPayment): Promise<boolean> =>
  (
    await sql<{ so: boolean }>("select internal_payment_unconfirmed(p, $2) as so from payments p where id = $1", [
      id,
      new Date(books.bench.clock.now()).toISOString(),
    ])
  )[0]!.so;
const isStopped = async ({ userId }: PaidPayment): Promise<boolean> =>
  (
    await sql<{ so: boolean }>("select internal_wallet_stopped($1, $2) as so", [
      userId,
      new Date(books.bench.clock.now()).toISOString(),
    ])
  )[0]!.so;

describe("an import", () => {
  test("of a statement that says what the books say finds nothing", async () => {
    expect(
      await take(lineOf(books.over), lineOf(books.open, { reference: books.open.providerReference, ours: "" })),
    ).toMatchObject({ status: "imported", added: 2, known: 0 });
    expect(await found()).toEqual([]);
  });

  test("of the same file, and of an overlapping one, adds nothing twice and names who did it", async () => {
    const first = await take(lineOf(books.over));
    expect(await take(lineOf(books.over))).toEqual({ ...first, added: 0, known: 1 });
    expect(await take(lineOf(books.over), lineOf(books.open))).toMatchObject({ added: 1, changed: 0, known: 1 });
    expect(await sql("select count(*)::int as n from statement_lines")).toEqual([{ n: 2 }]);
    expect(await sql("select count(*)::int as n, min(imported_by) as by from statements")).toEqual([
      { n: 2, by: "system:test" },
    ]);
    expect(
      await sql(
        "select count(*)::int as n from audit_log where action = 'statement_imported' and subject in (select id from statements)",
      ),
    ).toEqual([{ n: 2 }]);
  });

  test("of the same file twenty times at once takes each line once", async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => take(lineOf(books.over), lineOf(books.open))));
    expect(results.reduce((sum, result) => sum + (result.status === "imported" ? result.added : 0), 0)).toBe(2);
  });

  test("of ten thousand lines is taken in parts and none is lost", async () => {
    const lines = Array.from({ length: 10_001 }, (_, i) => ({ reference: `r${i}`, status: "failed" }));
    expect(await take(...lines)).toMatchObject({ added: 10_001, known: 0 });
    expect(await take(...lines)).toMatchObject({ added: 0, known: 10_001 });
  });

  test("moves a line on from pending and from paid to reversed, and never back", async () => {
    const state = async () => (await sql<{ status: string }>("select status from statement_lines"))[0]!.status;
    const seen: string[] = [];
    for (const status of ["pending", "success", "pending", "failed", "reversed", "success"]) {
      await take(lineOf(books.over, { status }));
      seen.push(await state());
    }
    expect(seen).toEqual(["pending", "paid", "paid", "paid", "reversed", "reversed"]);
  });

  test("that is not understood takes nothing", async () => {
    expect(await take(lineOf(books.over), lineOf(books.open, { status: "maybe" }))).toMatchObject({
      status: "refused",
      problems: [{ row: 3 }],
    });
    expect(await sql("select 1 from statements")).toEqual([]);
  });
});

describe("a difference", () => {
  test("paid at the provider and unknown here, or known and not paid, is found after a quarter of an hour", async () => {
    await tamper(`insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, state, created_at, expires_at)
      values ('pay_expired', '${books.over.userId}', 'top_up', 800, 'mpesa', 's', 'ours-expired', 'expired', now(), now())`);
    await take(
      { reference: "nobody", amount: 900 },
      { reference: "late", ours: "ours-expired", amount: 800 },
      { reference: "fresh", atMs: startMs - 14 * MINUTE_MS },
    );
    expect(await found()).toEqual([
      { kind: "paid_not_credited", subject: "nobody", amountTzs: 900, expectedTzs: 0 },
      { kind: "paid_not_credited", subject: "pay_expired", amountTzs: 800, expectedTzs: 0 },
    ]);
    await tamper("delete from payments where id = 'pay_expired'");
  });

  test("credited here and failed or reversed there", async () => {
    await take(lineOf(books.over, { status: "failed" }), lineOf(books.open, { status: "reversed" }));
    const differences = await found();
    expect(differences.map(({ kind }) => kind)).toEqual(["credited_not_paid", "credited_not_paid"]);
    expect(new Set(differences.map(({ subject }) => subject))).toEqual(new Set([books.over.id, books.open.id]));
  });

  test("in the amount", async () => {
    await take(lineOf(books.over, { amount: 4_000 }));
    expect(await found()).toEqual([
      { kind: "statement_amount_differs", subject: books.over.id, amountTzs: 4_000, expectedTzs: 5_000 },
    ]);
  });

  test("charged twice under two references, once the first one is in the statement as well", async () => {
    await take({ reference: "second", ours: books.over.externalId });
    expect(await found()).toEqual([]);
    await take(lineOf(books.over));
    expect(await found()).toEqual([
      { kind: "statement_duplicate", subject: books.over.id, amountTzs: 5_000, expectedTzs: 0 },
    ]);
  });

  test("a statement that gives another amount later confirms nothing any more", async () => {
    await take(lineOf(books.over));
    expect(await take(lineOf(books.over, { amount: 6_000 }))).toMatchObject({ changed: 1, conflicting: 1 });
    expect(await found()).toEqual([
      {
        kind: "statement_contradicts_itself",
        subject: books.over.providerReference,
        amountTzs: 6_000,
        expectedTzs: 5_000,
      },
    ]);
    books.bench.clock.advance(3 * DAY_MS);
    expect([await isUnconfirmed(books.over), await isStopped(books.over)]).toEqual([true, true]);
  });

  test("in what was paid out", async () => {
    const withdrawal = (
      id: string,
      state: string,
    ) => `insert into withdrawals (id, user_id, kind, amount_tzs, provider, msisdn_sealed, recipient_sealed, external_id, requested_by, created_at, state, settled_at)
      values ('${id}', '${books.over.userId}', 'wallet', 700, 'mpesa', 's', 's', '${id}-ours', 'test', now(), '${state}', now())`;
    await tamper(
      [
        withdrawal("wdr_failed", "failed"),
        withdrawal("wdr_paid", "succeeded"),
        withdrawal("wdr_less", "succeeded"),
      ].join("; "),
    );
    const out = { type: "out", amount: 700 } as const;
    await take(
      { ...out, reference: "a" },
      { ...out, reference: "b", ours: "wdr_failed-ours" },
      { ...out, reference: "c", ours: "wdr_paid-ours", status: "failed" },
      { ...out, reference: "d", ours: "wdr_less-ours", amount: 600 },
    );
    const kinds = ["paid_out_unknown", "paid_out_not_booked", "booked_not_paid_out", "statement_amount_differs"];
    expect((await found(...kinds)).map(({ kind, subject }) => [kind, subject])).toEqual([
      ["booked_not_paid_out", "wdr_paid"],
      ["paid_out_not_booked", "wdr_failed"],
      ["paid_out_unknown", "a"],
      ["statement_amount_differs", "wdr_less"],
    ]);
  });
});

describe("a credit that no statement confirms", () => {
  const settledMs = async ({ id }: PaidPayment) =>
    Date.parse(
      (await sql<{ settled_at: string }>("select settled_at from payments where id = $1", [id]))[0]!.settled_at,
    );

  test("is a break from the end of the second day on, and stops that wallet alone", async () => {
    await take(lineOf(books.open));
    const dueMs = (await settledMs(books.over)) + 2 * DAY_MS;
    books.bench.clock.set(dueMs - 1);
    expect([await isUnconfirmed(books.over), await isStopped(books.over)]).toEqual([false, false]);
    books.bench.clock.set(dueMs);
    expect([await isUnconfirmed(books.over), await isStopped(books.over), await isStopped(books.open)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await found("credit_unconfirmed")).toEqual([
      { kind: "credit_unconfirmed", subject: books.over.id, amountTzs: 5_000, expectedTzs: 0 },
    ]);
    await take(lineOf(books.over));
    expect([await isUnconfirmed(books.over), await isStopped(books.over), await found("credit_unconfirmed")]).toEqual([
      false,
      false,
      [],
    ]);
  });

  test.each([
    ["another amount", { amount: 4_999 }],
    ["another reference", { reference: "x", ours: "y" }],
    ["no success", { status: "pending" }],
    ["the other direction", { type: "out" as const }],
  ])("stays unconfirmed by a line with %s", async (_, changes) => {
    await take({ reference: "first", status: "failed" }, lineOf(books.over, changes));
    books.bench.clock.advance(3 * DAY_MS);
    expect([await isUnconfirmed(books.over), await isStopped(books.over)]).toEqual([true, true]);
  });

  test("is nobody's fault where no statement is imported, or where the first one begins later", async () => {
    books.bench.clock.advance(30 * DAY_MS);
    expect([await isUnconfirmed(books.over), await found("credit_unconfirmed", "statement_late")]).toEqual([false, []]);
    await take({ reference: "later", status: "failed", atMs: startMs });
    expect(await isUnconfirmed(books.over)).toBe(false);
    expect((await found("statement_late")).map(({ subject }) => subject)).toEqual(["azampay"]);
  });

  test("and that a forged callback made is seen, because the statement knows nothing of it", async () => {
    const forged = {
      id: ids.next("pay"),
      userId: books.over.userId,
      externalId: "forged-ours",
      providerReference: "forged",
    };
    await sql(
      `insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, state, created_at, expires_at)
      values ($1, $2, 'top_up', 90000, 'mpesa', 's', $3, 'submitted', $4, $4)`,
      [forged.id, forged.userId, forged.externalId, new Date(startMs).toISOString()],
    );
    await callBack(books.bench, forged.externalId, forged.providerReference, 90_000);
    await take(lineOf(books.over), lineOf(books.open));
    books.bench.clock.advance(2 * DAY_MS + MINUTE_MS);
    expect(await found("credit_unconfirmed")).toEqual([
      { kind: "credit_unconfirmed", subject: forged.id, amountTzs: 90_000, expectedTzs: 0 },
    ]);
    expect(await isStopped(books.over)).toBe(true);
  });
});

test("money in suspense that the statement has is told apart", async () => {
  await callBack(books.bench, books.open.externalId, "second-of-open");
  const detail = async () => (await breaksOf(books.bench)).find(({ kind }) => kind === "suspense_open")?.detail;
  expect(await detail()).toBe("second_payment");
  await take(lineOf(books.open), { reference: "second-of-open", ours: books.open.externalId });
  expect(await detail()).toBe("second_payment, proven by the statement");
  expect(await found("statement_duplicate", "paid_not_credited")).toEqual([]);
});
