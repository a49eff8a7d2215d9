import { sql } from "drizzle-orm";
import { bigint, check, date, index, integer, pgTable, primaryKey, text, timestamp, unique } from "drizzle-orm/pg-core";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });
const tzs = (name: string) => bigint(name, { mode: "number" });

/** One row per day of Africa/Dar_es_Salaam that was closed. */
export const bookDays = pgTable("book_days", {
  day: date("day").primaryKey(),
  /** Entries recorded after the end of the day have higher ids; a balance is the snapshot plus those. */
  lastEntryId: bigint("last_entry_id", { mode: "number" }).notNull(),
  closedAt: time("closed_at").notNull(),
  /** Set when the checks of that day have run. */
  checkedAt: time("checked_at"),
  breakCount: integer("break_count"),
});

/**
 * What was ever debited and credited by the end of the day: a row per house account and one per kind of renters' account.
 * Sums since the beginning, so that the newest day is a snapshot and two days give what happened between them.
 */
export const trialBalances = pgTable(
  "trial_balances",
  {
    day: date("day")
      .notNull()
      .references(() => bookDays.day),
    account: text("account").notNull(),
    currency: text("currency").notNull().default("TZS"),
    debitTzs: tzs("debit_tzs").notNull(),
    creditTzs: tzs("credit_tzs").notNull(),
  },
  (t) => [
    primaryKey({ name: "trial_balances_pkey", columns: [t.day, t.account] }),
    check("trial_balances_currency_check", sql`${t.currency} = 'TZS'`),
    check("trial_balances_debit_tzs_check", sql`${t.debitTzs} >= 0`),
    check("trial_balances_credit_tzs_check", sql`${t.creditTzs} >= 0`),
  ],
);

/** A statement of the provider, as a file that was imported once. */
export const statements = pgTable(
  "statements",
  {
    id: text("id").primaryKey(),
    provider: text("provider").notNull(),
    fileHash: text("file_hash").notNull(),
    fromAt: time("from_at").notNull(),
    toAt: time("to_at").notNull(),
    lineCount: integer("line_count").notNull(),
    importedAt: time("imported_at").notNull(),
    importedBy: text("imported_by").notNull(),
  },
  (t) => [
    unique("statements_file_hash_key").on(t.fileHash),
    index("statements_provider_to_at_idx").on(t.provider, t.toAt),
  ],
);

export const statementStatuses = ["paid", "failed", "pending", "reversed"] as const;

/** What the provider says it did; no phone number is kept. */
export const statementLines = pgTable(
  "statement_lines",
  {
    provider: text("provider").notNull(),
    /** The provider's own id of the transaction, as its callbacks give it. */
    providerReference: text("provider_reference").notNull(),
    direction: text("direction", { enum: ["in", "out"] }).notNull(),
    /** The `external_id` that we sent, where the statement has it. */
    ourReference: text("our_reference"),
    currency: text("currency").notNull().default("TZS"),
    amountTzs: tzs("amount_tzs").notNull(),
    /** Another amount that a later statement gave for the same transaction. */
    conflictingAmountTzs: tzs("conflicting_amount_tzs"),
    status: text("status", { enum: statementStatuses }).notNull(),
    occurredAt: time("occurred_at").notNull(),
    /** The statement that named it first. */
    statementId: text("statement_id")
      .notNull()
      .references(() => statements.id),
    changedAt: time("changed_at").notNull(),
  },
  (t) => [
    primaryKey({ name: "statement_lines_pkey", columns: [t.provider, t.providerReference, t.direction] }),
    check("statement_lines_direction_check", sql`${t.direction} in ('in', 'out')`),
    check("statement_lines_currency_check", sql`${t.currency} = 'TZS'`),
    check("statement_lines_amount_tzs_check", sql`${t.amountTzs} > 0`),
    check("statement_lines_status_check", sql`${t.status} in ('paid', 'failed', 'pending', 'reversed')`),
    index("statement_lines_our_reference_idx").on(t.ourReference),
  ],
);
