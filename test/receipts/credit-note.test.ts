import { describe, expect, test } from "vitest";
import { createTokens } from "../../src/auth/tokens.ts";
import { Config } from "../../src/config.ts";
import { checkBooks } from "../../src/books/service.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { numberReceipts } from "../../src/receipts/service.ts";
import { env } from "cloudflare:workers";
import { callWith, signIn } from "../support/city.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, ids } from "../support/factories.ts";
import { createBench } from "../support/verbs.ts";
import { credit, type Note, numbered, receiptOf, staff, vatOfOpenReceipts } from "./credit-note-harness.ts";

describe("a credit note", () => {
  test("takes back a whole receipt: fee and VAT return, the wallet has them, the books balance, the renter is told, it is audited", async () => {
    const bench = createBench();
    const { id, rentalId, userId } = await receiptOf(bench);
    const before = await Promise.all(
      ["revenue_rental", "revenue_late", "vat_output", `user_wallet:${userId}`].map(balanceOf),
    );
    const finance = await staff("finance");
    const { status, body } = await credit(finance, id);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      receiptId: id,
      rentalId,
      totalTzs: -2_000,
      vatTzs: -305,
      netTzs: -1_695,
      vatPercent: 18,
      reason: "dispute",
    });
    const after = await Promise.all(
      ["revenue_rental", "revenue_late", "vat_output", `user_wallet:${userId}`].map(balanceOf),
    );
    expect(after.map((value, index) => value - before[index]!)).toEqual([-848, -847, -305, 2_000]);
    expect(await bookBreaks()).toEqual([]);
    expect(
      await sql(
        "select template, params ->> 'amountTzs' as amount, params ->> 'walletTzs' as wallet from messages where user_id = $1 and template = 'credit_note'",
        [userId],
      ),
    ).toEqual([{ template: "credit_note", amount: "2000", wallet: "50000" }]);
    expect(
      await sql("select actor, action, detail ->> 'receiptId' as receipt from audit_log where subject = $1", [body.id]),
    ).toEqual([{ actor: `staff:${finance.userId}`, action: "credit_note_issued", receipt: id }]);
    expect(await sql("select kind from journal_entries where reference = $1", [`credit_note:${body.id}`])).toEqual([
      { kind: "dispute" },
    ]);
    const { breaks } = await checkBooks(bench.deps);
    expect(breaks.filter(({ kind }) => kind === "credit_note_differs" || kind === "receipt_differs")).toEqual([]);
  });

  test("takes back parts by line, and parts of a line; together they are the line, to the shilling of its VAT", async () => {
    const { id } = await receiptOf(createBench());
    const finance = await staff("finance");
    const [receipt] = await sql<{ lines: { grossTzs: number; netTzs: number; vatTzs: number }[] }>(
      "select lines from receipts where id = $1",
      [id],
    );
    const parts = [333, 333, 334];
    const notes = [];
    for (const grossTzs of parts) notes.push((await credit(finance, id, [{ line: 1, grossTzs }])).body);
    expect(notes.map(({ totalTzs }) => -totalTzs)).toEqual(parts);
    for (const note of notes) expect(note.netTzs + note.vatTzs).toBe(note.totalTzs);
    expect(-notes.reduce((sum, { vatTzs }) => sum + vatTzs, 0)).toBe(receipt!.lines[1]!.vatTzs);
    const rest = await credit(finance, id);
    expect(rest.body.lines).toEqual([
      {
        line: 0,
        kind: "base",
        grossTzs: -receipt!.lines[0]!.grossTzs,
        netTzs: -receipt!.lines[0]!.netTzs,
        vatTzs: -receipt!.lines[0]!.vatTzs,
      },
    ]);
    expect(await balanceOf("vat_output")).toBe(await vatOfOpenReceipts());
    expect(await bookBreaks()).toEqual([]);
  });

  test("never takes back more than the line, twice, or a line that is not there", async () => {
    const { id, userId } = await receiptOf(createBench());
    const finance = await staff("finance");
    expect((await credit(finance, id, [{ line: 0, grossTzs: 1_001 }])).body).toMatchObject({
      code: "credit_too_high",
      line: 0,
      remainingTzs: 1_000,
    });
    expect((await credit(finance, id, [{ line: 0, grossTzs: 600 }])).status).toBe(201);
    expect(
      (
        await credit(finance, id, [
          { line: 1, grossTzs: 100 },
          { line: 0, grossTzs: 401 },
        ])
      ).body,
    ).toMatchObject({ code: "credit_too_high", line: 0, remainingTzs: 400 });
    expect((await credit(finance, id, [{ line: 2, grossTzs: 1 }])).body).toMatchObject({
      code: "credit_too_high",
      line: 2,
      remainingTzs: 0,
    });
    expect((await credit(finance, id)).body).toMatchObject({ totalTzs: -1_400 });
    const again = await credit(finance, id);
    expect([again.status, again.body.code]).toEqual([409, "receipt_credited"]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(50_000);
  });

  test("issued twenty times at once takes back the receipt once; with one key it is one request", async () => {
    const { id, userId } = await receiptOf(createBench());
    const finance = await staff("finance");
    const answers = await Promise.all(Array.from({ length: 20 }, () => credit(finance, id)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(50_000);
    const other = await receiptOf(createBench());
    const same = await Promise.all(Array.from({ length: 5 }, () => credit(finance, other.id, undefined, "one-key")));
    expect(new Set(same.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(same.filter(({ headers }) => headers.get("idempotency-replayed") === "true")).toHaveLength(4);
    expect((await credit(finance, other.id, [{ line: 0, grossTzs: 1 }], "one-key")).body).toMatchObject({
      code: "idempotency_mismatch",
    });
  });

  test("is for finance, by token and by database, and never for one's own receipt", async () => {
    const { id, userId } = await receiptOf(createBench());
    const refused = [
      await staff("support"),
      await staff("agent"),
      await staff("support", "finance"),
      await signIn(userId),
    ];
    for (const person of refused) expect((await credit(person, id)).body.code).toBe("forbidden");
    await sql("update users set role = 'finance' where id = $1", [userId]);
    const own = callWith(
      await createTokens(Config.parse(env), systemClock).sign({ userId, sessionId: ids.next("ses"), role: "finance" }),
    );
    expect((await credit({ userId, call: own }, id)).body.code).toBe("forbidden");
    expect(await sql("select 1 from credit_notes where receipt_id = $1", [id])).toEqual([]);
  });

  test("needs a receipt that is there and has its number", async () => {
    const finance = await staff("finance");
    expect((await credit(finance, ids.next("rcp"))).body.code).toBe("receipt_unknown");
    const young = await receiptOf(createBench(), 6, { isNumbered: false });
    expect((await credit(finance, young.id)).body.code).toBe("receipt_not_ready");
    const bench = createBench();
    await numberReceipts(bench.deps);
    expect((await credit(finance, young.id)).status).toBe(201);
  });

  test.each([
    ["an amount of nothing", { reason: "dispute", note: "x", lines: [{ line: 0, grossTzs: 0 }] }],
    [
      "a line twice",
      {
        reason: "dispute",
        note: "x",
        lines: [
          { line: 0, grossTzs: 1 },
          { line: 0, grossTzs: 1 },
        ],
      },
    ],
    ["no reason", { note: "x" }],
    ["an empty note", { reason: "reversal", note: " " }],
  ])("refuses %s", async (_, body) => {
    const finance = await staff("finance");
    const response = await finance.call("POST", `/admin/receipts/${ids.next("rcp")}/credit-notes`, body, {
      "Idempotency-Key": "k",
    });
    expect(await response.json()).toMatchObject({ code: "invalid_request" });
  });

  test("pays a debt first", async () => {
    // 12 hours cost 5,000; the deposit covers it and the debt is of another day.
    const { id, userId } = await receiptOf(createBench(), 12, { walletTzs: 5_000 });
    await sql(
      "select ledger_post($1, 'test_debt', now(), now(), array['user_debt:' || $2, 'goodwill'], array[1200::bigint, -1200::bigint])",
      [`test:${ids.secret(8)}`, userId],
    );
    const finance = await staff("finance");
    expect((await credit(finance, id, [{ line: 0, grossTzs: 1_000 }])).status).toBe(201);
    expect(await balanceOf(`user_debt:${userId}`)).toBe(200);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect(
      await sql(
        "select params ->> 'walletTzs' as wallet from messages where user_id = $1 and template = 'credit_note'",
        [userId],
      ),
    ).toEqual([{ wallet: "0" }]);
  });

  test("has its own gapless numbers, is on the receipt as JSON and page, and is a page itself", async () => {
    const bench = createBench();
    const { id, token, rentalId, userId } = await receiptOf(bench);
    const finance = await staff("finance");
    await credit(finance, id, [{ line: 0, grossTzs: 500 }]);
    await credit(finance, id, [{ line: 1, grossTzs: 500 }]);
    await Promise.all([numberReceipts(bench.deps), numberReceipts(bench.deps)]);
    const numbers = await sql<{ number: number; year: number }>(
      "select number, fiscal_year as year from credit_notes order by fiscal_year, number",
    );
    for (const year of new Set(numbers.map((row) => row.year))) {
      const own = numbers.filter((row) => row.year === year).map(({ number }) => number);
      expect(own).toEqual(own.map((_, index) => index + 1));
    }
    const renter = await signIn(userId);
    const receipt = await (
      await renter.call("GET", `/rentals/${rentalId}/receipt`)
    ).json<{ number: string; creditNotes: Note[] }>();
    expect(receipt.creditNotes.map(({ totalTzs }) => totalTzs)).toEqual([-500, -500]);
    expect(receipt.creditNotes[0]).toMatchObject({
      number: expect.stringMatching(/^CN-\d{4}-\d{6}$/),
      receiptNumber: receipt.number,
    });
    const shown = await finance.call("GET", `/admin/receipts/${id}`);
    expect(await shown.json()).toMatchObject({ id, creditNotes: [{ totalTzs: -500 }, { totalTzs: -500 }] });
    expect(await (await numbered(token)).text()).toContain(receipt.creditNotes[0]!.number!);
    const [note] = await sql<{ token: string }>("select token from credit_notes where receipt_id = $1 order by id", [
      id,
    ]);
    const page = await numbered(note!.token);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const text = await page.text();
    for (const part of ["Credit note", receipt.creditNotes[0]!.number!, receipt.number, "TZS -500", "<svg"])
      expect(text).toContain(part);
    expect(text).not.toContain("bank was dead");
  });

  test("goes back at the rate of its receipt when the rate has changed since", async () => {
    const bench = createBench({ startMs: Date.parse("2031-06-29T06:00:00Z") });
    const old = await receiptOf(bench);
    await sql("insert into vat_rates (effective_from, percent) values ('2031-07-01', 16)");
    const young = await receiptOf(createBench({ startMs: Date.parse("2031-07-01T06:00:00Z") }));
    const percents = await sql(
      "select vat_percent::int as percent, vat_tzs::int as vat from receipts where id in ($1, $2) order by issued_at",
      [old.id, young.id],
    );
    expect(percents).toEqual([
      { percent: 18, vat: 305 },
      { percent: 16, vat: 276 },
    ]);
    const finance = await staff("finance");
    expect((await credit(finance, old.id)).body).toMatchObject({ vatPercent: 18, vatTzs: -305 });
    expect((await credit(finance, young.id)).body).toMatchObject({ vatPercent: 16, vatTzs: -276 });
    expect(await bookBreaks()).toEqual([]);
  });

  test("and a receipt stay as they are, and so do their numbers", async () => {
    const bench = createBench();
    const { id } = await receiptOf(bench);
    await credit(await staff("finance"), id);
    await numberReceipts(bench.deps);
    for (const statement of [
      "update receipts set total_tzs = 0",
      "update receipts set number = 1",
      "delete from receipts",
      "update credit_notes set lines = '[]'",
      "update credit_notes set number = null, numbered_at = null",
      "delete from credit_notes",
    ]) {
      await expect(sql(statement)).rejects.toMatchObject({ code: "23001" });
    }
  });
});
