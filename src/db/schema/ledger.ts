import { sql } from "drizzle-orm";
import { bigint, check, index, pgTable, primaryKey, text, timestamp, unique } from "drizzle-orm/pg-core";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });

export const accountKinds = [
  "azampay_clearing",
  "bank",
  "user_wallet",
  "user_hold",
  "user_debt",
  "withdrawal_clearing",
  "suspense",
  "revenue_rental",
  "revenue_extension",
  "revenue_late",
  "revenue_lost",
  "vat_output",
  "provider_fees",
  "bad_debt",
  "goodwill",
] as const;

/**
 * House accounts have no balance, so that no two renters ever wait for one row; a renter's accounts keep theirs on
 * their normal side and may not go below zero.
 */
export const accounts = pgTable(
  "accounts",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    /** `kind`, or `kind:owner` for the accounts of a renter. */
    code: text("code").notNull(),
    kind: text("kind", { enum: accountKinds }).notNull(),
    normalSide: text("normal_side", { enum: ["debit", "credit"] }).notNull(),
    currency: text("currency").notNull().default("TZS"),
    balanceTzs: bigint("balance_tzs", { mode: "number" }),
  },
  (t) => [
    unique("accounts_code_key").on(t.code),
    check(
      "accounts_kind_check",
      sql`${t.kind} in ('azampay_clearing', 'bank', 'user_wallet', 'user_hold', 'user_debt', 'withdrawal_clearing', 'suspense', 'revenue_rental', 'revenue_extension', 'revenue_late', 'revenue_lost', 'vat_output', 'provider_fees', 'bad_debt', 'goodwill')`,
    ),
    check("accounts_currency_check", sql`${t.currency} = 'TZS'`),
    check("accounts_balance_tzs_check", sql`${t.balanceTzs} >= 0`),
    check(
      "accounts_owner_check",
      sql`(${t.kind} in ('user_wallet', 'user_hold', 'user_debt')) = (${t.balanceTzs} is not null)`,
    ),
  ],
);

export const journalEntries = pgTable(
  "journal_entries",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text("kind").notNull(),
    /** Built from our own facts, `rental:<id>:settle`; a repeat is a no-op. */
    reference: text("reference").notNull(),
    /** Of the kind and the postings: the same reference with other input is an error of its own. */
    inputHash: text("input_hash").notNull(),
    occurredAt: time("occurred_at").notNull(),
    recordedAt: time("recorded_at").notNull(),
  },
  (t) => [unique("journal_entries_reference_key").on(t.reference)],
);

/** Debit positive, credit negative. No foreign key to accounts: its share lock on a house account's row would queue every settlement. */
export const postings = pgTable(
  "postings",
  {
    entryId: bigint("entry_id", { mode: "number" })
      .notNull()
      .references(() => journalEntries.id),
    accountId: bigint("account_id", { mode: "number" }).notNull(),
    amountTzs: bigint("amount_tzs", { mode: "number" }).notNull(),
    currency: text("currency").notNull().default("TZS"),
  },
  (t) => [
    primaryKey({ name: "postings_pkey", columns: [t.entryId, t.accountId] }),
    index("postings_account_id_entry_id_idx").on(t.accountId, t.entryId),
    check("postings_amount_tzs_check", sql`${t.amountTzs} <> 0`),
    check("postings_currency_check", sql`${t.currency} = 'TZS'`),
  ],
);
