import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  date,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  text,
  timestamp,
  unique,
} from "drizzle-orm/pg-core";
import { rentals } from "./rentals.ts";
import { users } from "./users.ts";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });
const tzs = (name: string) => bigint(name, { mode: "number" });

/** Written by the settling function without a number; numbered afterwards, in order, gapless per fiscal year. */
export const receipts = pgTable(
  "receipts",
  {
    id: text("id").primaryKey(),
    rentalId: text("rental_id")
      .notNull()
      .references(() => rentals.id),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** The unguessable part of its link. */
    token: text("token").notNull(),
    fiscalYear: integer("fiscal_year").notNull(),
    /** Who counts: `house`, or the serial of a fiscal device. */
    series: text("series").notNull().default("house"),
    number: integer("number"),
    currency: text("currency").notNull().default("TZS"),
    lines: jsonb("lines").notNull(),
    totalTzs: bigint("total_tzs", { mode: "number" }).notNull(),
    vatTzs: bigint("vat_tzs", { mode: "number" }).notNull(),
    netTzs: bigint("net_tzs", { mode: "number" }).notNull(),
    vatPercent: numeric("vat_percent", { precision: 5, scale: 2 }).notNull(),
    issuedAt: time("issued_at").notNull(),
    numberedAt: time("numbered_at"),
  },
  (t) => [
    unique("receipts_rental_id_key").on(t.rentalId),
    unique("receipts_token_key").on(t.token),
    unique("receipts_series_fiscal_year_number_key").on(t.series, t.fiscalYear, t.number),
    check("receipts_total_tzs_check", sql`${t.totalTzs} = ${t.vatTzs} + ${t.netTzs}`),
    check("receipts_numbered_check", sql`(${t.number} is null) = (${t.numberedAt} is null)`),
    index("receipts_unnumbered_idx")
      .on(t.id)
      .where(sql`number is null`),
    index("receipts_user_id_id_idx").on(t.userId, t.id),
  ],
);

export const receiptCounters = pgTable("receipt_counters", {
  fiscalYear: integer("fiscal_year").primaryKey(),
  lastNumber: integer("last_number").notNull(),
});

export const creditNoteReasons = ["dispute", "reversal", "found"] as const;

/**
 * Takes back a receipt or parts of it: negative lines, each naming the line of the receipt that it belongs to, with the VAT
 * that was charged then. Numbered like receipts, in a series of its own, because a fiscal device counts receipts alone.
 */
export const creditNotes = pgTable(
  "credit_notes",
  {
    id: text("id").primaryKey(),
    receiptId: text("receipt_id")
      .notNull()
      .references(() => receipts.id),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    token: text("token").notNull(),
    fiscalYear: integer("fiscal_year").notNull(),
    number: integer("number"),
    currency: text("currency").notNull().default("TZS"),
    reason: text("reason", { enum: creditNoteReasons }).notNull(),
    /** In the words of who issued it; for staff alone. */
    note: text("note").notNull(),
    lines: jsonb("lines").notNull(),
    totalTzs: tzs("total_tzs").notNull(),
    vatTzs: tzs("vat_tzs").notNull(),
    netTzs: tzs("net_tzs").notNull(),
    vatPercent: numeric("vat_percent", { precision: 5, scale: 2 }).notNull(),
    issuedBy: text("issued_by").notNull(),
    issuedAt: time("issued_at").notNull(),
    numberedAt: time("numbered_at"),
  },
  (t) => [
    unique("credit_notes_token_key").on(t.token),
    unique("credit_notes_fiscal_year_number_key").on(t.fiscalYear, t.number),
    check("credit_notes_reason_check", sql`${t.reason} in ('dispute', 'reversal', 'found')`),
    check("credit_notes_note_check", sql`char_length(${t.note}) between 1 and 300`),
    check("credit_notes_total_tzs_check", sql`${t.totalTzs} < 0 and ${t.totalTzs} = ${t.vatTzs} + ${t.netTzs}`),
    check("credit_notes_numbered_check", sql`(${t.number} is null) = (${t.numberedAt} is null)`),
    index("credit_notes_unnumbered_idx")
      .on(t.id)
      .where(sql`number is null`),
    index("credit_notes_receipt_id_id_idx").on(t.receiptId, t.id),
    index("credit_notes_user_id_id_idx").on(t.userId, t.id),
  ],
);

export const creditNoteCounters = pgTable("credit_note_counters", {
  fiscalYear: integer("fiscal_year").primaryKey(),
  lastNumber: integer("last_number").notNull(),
});

/** What the authority said of a device when it was registered, once: what a receipt has to show. */
export const fiscalDevices = pgTable("fiscal_devices", {
  serial: text("serial").primaryKey(),
  tin: text("tin").notNull(),
  vrn: text("vrn").notNull(),
  uin: text("uin").notNull(),
  name: text("name").notNull(),
  taxOffice: text("tax_office").notNull(),
  receiptCode: text("receipt_code").notNull(),
  registeredAt: time("registered_at").notNull(),
});

/** The counters under which a device issued a receipt; its global counter is the receipt's number. */
export const fiscalReceipts = pgTable(
  "fiscal_receipts",
  {
    receiptId: text("receipt_id")
      .primaryKey()
      .references(() => receipts.id),
    deviceSerial: text("device_serial")
      .notNull()
      .references(() => fiscalDevices.serial),
    globalCounter: integer("global_counter").notNull(),
    dailyCounter: integer("daily_counter").notNull(),
    day: date("day").notNull(),
    verificationCode: text("verification_code").notNull(),
    verifyUrl: text("verify_url").notNull(),
    issuedAt: time("issued_at").notNull(),
  },
  (t) => [
    unique("fiscal_receipts_device_serial_global_counter_key").on(t.deviceSerial, t.globalCounter),
    unique("fiscal_receipts_device_serial_day_daily_counter_key").on(t.deviceSerial, t.day, t.dailyCounter),
  ],
);
