import { beforeAll, describe, expect, test } from "vitest";
import { neon } from "../support/control.ts";
import { rowsWritten } from "../support/written-rows.ts";
import { breaksOf, callBack, type CleanBooks, createCleanBooks, kindsOf, tamper } from "./fixture.ts";

let books: CleanBooks;
beforeAll(async () => void (books = await createCleanBooks()));

const at = (hoursAgo: number): string =>
  `'${new Date(books.bench.clock.now() - hoursAgo * 3_600_000).toISOString()}'::timestamptz`;
const entry = (reference: string): string => `(select id from journal_entries where reference = '${reference}')`;
const account = (code: string): string => `(select id from accounts where code = '${code}')`;
const withdrawal = (values: Record<string, string>): string => {
  const row = {
    id: "'wdr_1'",
    user_id: `'${books.over.userId}'`,
    kind: "'wallet'",
    amount_tzs: "700",
    provider: "'mpesa'",
    msisdn_sealed: "'s'",
    recipient_sealed: "'s'",
    external_id: "'w1'",
    requested_by: "'test'",
    created_at: at(48),
    ...values,
  };
  return `insert into withdrawals (${Object.keys(row).join(", ")}) values (${Object.values(row).join(", ")})`;
};

interface Plant {
  what: string;
  /** Everything that this must be found as. */
  kinds: string[];
  subject?: () => string;
  plant: () => string;
  undo: () => string;
}
const set = (
  table: string,
  where: () => string,
  change: () => string,
  back: () => string,
): Pick<Plant, "plant" | "undo"> => ({
  plant: () => `update ${table} set ${change()} where ${where()}`,
  undo: () => `update ${table} set ${back()} where ${where()}`,
});
const noWithdrawal = () => "delete from withdrawals where id = 'wdr_1'";
const movedRow = () => `entry_id = ${entry("test:move")}`;
const overRental = () => `id = '${books.over.rentalId}'`;
const openRental = () => `id = '${books.open.rentalId}'`;
const overPayment = () => `id = '${books.over.id}'`;
const overReceipt = () => `rental_id = '${books.over.rentalId}'`;
const copyOf = (table: string, where: () => string): Pick<Plant, "plant" | "undo"> => ({
  plant: () =>
    `create table kept_row as select * from ${table} where ${where()}; delete from ${table} where ${where()}`,
  undo: () => `insert into ${table} overriding system value select * from kept_row; drop table kept_row`,
});

const plants: Plant[] = [
  {
    what: "a posting with another amount",
    kinds: ["entry_unbalanced"],
    subject: () => "test:move",
    ...set(
      "postings",
      () => `${movedRow()} and account_id = ${account("bank")}`,
      () => "amount_tzs = 101",
      () => "amount_tzs = 100",
    ),
  },
  {
    what: "an entry whose two postings were changed alike",
    kinds: ["entry_altered"],
    subject: () => "test:move",
    ...set(
      "postings",
      movedRow,
      () => "amount_tzs = amount_tzs * 2",
      () => "amount_tzs = amount_tzs / 2",
    ),
  },
  { what: "an entry without its postings", kinds: ["entry_unbalanced"], ...copyOf("postings", movedRow) },
  {
    what: "postings without their entry",
    kinds: ["entry_unbalanced"],
    ...copyOf("journal_entries", () => "reference = 'test:move'"),
  },
  {
    what: "a wallet that says more than its postings",
    kinds: ["balance_differs"],
    subject: () => `user_wallet:${books.over.userId}`,
    ...set(
      "accounts",
      () => `code = 'user_wallet:${books.over.userId}'`,
      () => "balance_tzs = balance_tzs + 1",
      () => "balance_tzs = balance_tzs - 1",
    ),
  },
  {
    what: "a suspense item that no posting stands for",
    kinds: ["suspense_differs", "suspense_open"],
    plant: () =>
      `insert into suspense_items (callback_id, provider_reference, amount_tzs, reason, opened_at) values (-1, 'none', 9, 'unknown_reference', ${at(1)})`,
    undo: () => "delete from suspense_items where callback_id = -1",
  },
  {
    what: "an old unknown payment",
    kinds: ["payment_unanswered"],
    subject: () => "pay_old",
    plant:
      () => `insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, state, created_at, expires_at)
      values ('pay_old', '${books.over.userId}', 'top_up', 500, 'mpesa', 's', 'old', 'unknown', ${at(1)}, ${at(0.5)})`,
    undo: () => "delete from payments where id = 'pay_old'",
  },
  {
    what: "a paid payment whose credit is gone",
    kinds: ["payment_credit_missing", "payment_credit_unexpected"],
    ...set(
      "journal_entries",
      () => `id = ${entry(`payment:${books.over.id}:credit`)} or reference = 'elsewhere'`,
      () => "reference = 'elsewhere'",
      () => `reference = 'payment:${books.over.id}:credit'`,
    ),
  },
  {
    what: "a payment over another amount than its credit",
    kinds: ["payment_credit_differs"],
    subject: () => books.over.id,
    ...set(
      "payments",
      overPayment,
      () => "amount_tzs = 5001",
      () => "amount_tzs = 5000",
    ),
  },
  {
    what: "a credit for a payment that never succeeded",
    kinds: ["payment_credit_unexpected"],
    ...set(
      "payments",
      overPayment,
      () => "state = 'expired'",
      () => "state = 'succeeded'",
    ),
  },
  {
    what: "a callback that could not be booked",
    kinds: ["callback_failed"],
    ...set(
      "payment_callbacks",
      () => `payment_id = '${books.over.id}'`,
      () => "state = 'failed', last_error = 'XX000'",
      () => "state = 'applied', last_error = null",
    ),
  },
  {
    what: "a hold whose rental is over",
    kinds: ["hold_orphaned"],
    subject: () => `user_hold:${books.open.rentalId}`,
    ...set(
      "rentals",
      openRental,
      () => "status = 'cancelled'",
      () => "status = 'active'",
    ),
  },
  {
    what: "an open rental whose hold is gone",
    kinds: ["hold_missing"],
    subject: () => `user_hold:${books.over.rentalId}`,
    ...set(
      "rentals",
      overRental,
      () => "status = 'active'",
      () => "status = 'completed'",
    ),
  },
  {
    what: "a rental that is days late",
    kinds: ["hold_old"],
    ...set(
      "rentals",
      openRental,
      () => `due_at = ${at(97)}`,
      () => `due_at = started_at + interval '4 hours'`,
    ),
  },
  {
    what: "a rental between two states",
    kinds: ["rental_stuck"],
    ...set(
      "rentals",
      openRental,
      () => "status = 'dispensing'",
      () => "status = 'active'",
    ),
  },
  {
    what: "a settled rental without a receipt",
    kinds: ["receipt_counter_differs", "receipt_missing"],
    subject: () => books.over.rentalId,
    ...copyOf("receipts", overReceipt),
  },
  {
    what: "a receipt without a number",
    kinds: ["receipt_counter_differs", "receipt_unnumbered"],
    ...set(
      "receipts",
      overReceipt,
      () => "number = null, numbered_at = null",
      () => `number = 1, numbered_at = ${at(0)}`,
    ),
  },
  {
    what: "a missing receipt number",
    kinds: ["receipt_number_missing"],
    subject: () => "2026-000001",
    plant: () => `update receipts set number = 3 where ${overReceipt()}; update receipt_counters set last_number = 3`,
    undo: () => `update receipts set number = 1 where ${overReceipt()}; update receipt_counters set last_number = 1`,
  },
  {
    what: "a counter that ran ahead",
    kinds: ["receipt_counter_differs"],
    subject: () => "2026",
    ...set(
      "receipt_counters",
      () => "true",
      () => "last_number = 2",
      () => "last_number = 1",
    ),
  },
  {
    what: "a receipt over more than the ledger took",
    kinds: ["receipt_differs"],
    ...set(
      "receipts",
      overReceipt,
      () => "total_tzs = total_tzs + 1, net_tzs = net_tzs + 1",
      () => "total_tzs = total_tzs - 1, net_tzs = net_tzs - 1",
    ),
  },
  {
    what: "a receipt over other VAT than the ledger has",
    kinds: ["receipt_differs"],
    ...set(
      "receipts",
      overReceipt,
      () => "vat_tzs = vat_tzs + 1, net_tzs = net_tzs - 1",
      () => "vat_tzs = vat_tzs - 1, net_tzs = net_tzs + 1",
    ),
  },
  {
    what: "a credit note of which the ledger knows nothing",
    kinds: ["credit_note_differs"],
    subject: () => "crn_1",
    plant: () =>
      `insert into credit_notes (id, receipt_id, user_id, token, fiscal_year, reason, note, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_by, issued_at)
       select 'crn_1', id, user_id, 'crn_1', fiscal_year, 'dispute', 'n', '[]', -118, -18, -100, 18, 'test', ${at(0.01)} from receipts where ${overReceipt()}`,
    undo: () => "delete from credit_notes where id = 'crn_1'",
  },
  {
    what: "revenue that was taken back without a credit note",
    kinds: ["credit_note_differs"],
    subject: () => "credit_note:crn_2",
    plant: () =>
      `select ledger_post('credit_note:crn_2', 'dispute', ${at(1)}, ${at(1)}, array['revenue_rental', 'vat_output', 'goodwill'], array[100::bigint, 18, -118])`,
    undo: () =>
      `delete from postings where entry_id = ${entry("credit_note:crn_2")}; delete from journal_entries where reference = 'credit_note:crn_2'`,
  },
  {
    what: "an audit row that nobody sealed",
    kinds: ["audit_unsealed"],
    plant: () => `insert into audit_log (at, actor, action, subject, detail) values (${at(1)}, 'a', 'b', 'c', '{}')`,
    undo: () => "delete from audit_log where actor = 'a'",
  },
  {
    what: "a withdrawal that nobody heard of again",
    kinds: ["withdrawal_clearing_differs", "withdrawal_unfinished"],
    plant: () => withdrawal({ state: "'unknown'", sent_at: at(25) }),
    undo: noWithdrawal,
  },
  {
    what: "a withdrawal of which the provider said both",
    kinds: ["withdrawal_contradicted"],
    plant: () => withdrawal({ state: "'failed'", settled_at: at(1), needs_review: "true" }),
    undo: noWithdrawal,
  },
  {
    what: "a withdrawal that is paid without a posting",
    kinds: ["withdrawal_booking_differs"],
    plant: () => withdrawal({ state: "'succeeded'", settled_at: at(1) }),
    undo: noWithdrawal,
  },
];

test("books in which nothing is wrong have no break, and the check writes nothing", async () => {
  const { total } = await rowsWritten(async () => {
    const seen = await neon.during(async () => expect(await breaksOf(books.bench)).toEqual([]));
    expect(seen.requests).toBe(5);
  });
  expect(total).toBe(0);
});

describe("found, and nothing besides:", () => {
  test.each(plants)("$what", async ({ kinds, subject, plant, undo }) => {
    await tamper(plant());
    const found = await breaksOf(books.bench);
    await tamper(undo());
    expect([...new Set(found.map(({ kind }) => kind))].toSorted()).toEqual(kinds);
    if (subject) expect(found.map((one) => one.subject)).toContain(subject());
    for (const one of found)
      expect([one.action.length > 20, one.sinceMs !== null && one.sinceMs <= books.bench.clock.now()]).toEqual([
        true,
        true,
      ]);
    expect(await kindsOf(books.bench)).toEqual([]);
  });
});

test("money in suspense is a break until somebody decides, with its age and its reason", async () => {
  await callBack(books.bench, books.over.externalId, "another-transaction");
  const openedAtMs = books.bench.clock.now();
  books.bench.clock.advance(60_000);
  expect(await breaksOf(books.bench)).toMatchObject([
    { kind: "suspense_open", amountTzs: 5_000, detail: "second_payment", sinceMs: openedAtMs },
  ]);
});
