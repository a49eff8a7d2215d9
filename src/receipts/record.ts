// Receipts and credit notes as `receipt_json` and `credit_note_json` of the database give them.
import { z } from "zod";
import { creditNoteReasons } from "../db/schema/receipts.ts";
import type { Id } from "../lib/ids.ts";

const LineKind = z.enum(["base", "extension", "late", "lost"]);

const CreditLine = z.object({
  /** Which line of the receipt, from 0. */
  line: z.int(),
  kind: LineKind,
  grossTzs: z.int(),
  netTzs: z.int(),
  vatTzs: z.int(),
});

/** What a number is made of. */
const Numbering = z.object({ fiscalYear: z.int(), number: z.int().nullable() });

export const CreditNoteRecord = Numbering.extend({
  id: z.string(),
  token: z.string(),
  reason: z.enum(creditNoteReasons),
  lines: z.array(CreditLine),
  totalTzs: z.int(),
  vatTzs: z.int(),
  netTzs: z.int(),
  vatPercent: z.number(),
  issuedAtMs: z.int(),
  receipt: Numbering.extend({ id: z.string(), rentalId: z.string(), series: z.string(), issuedAtMs: z.int() }),
});
export type CreditNoteRecord = z.infer<typeof CreditNoteRecord>;

export const ReceiptRecord = Numbering.extend({
  id: z.string().transform((text) => text as Id<"rcp">),
  rentalId: z.string(),
  token: z.string(),
  /** `house`, or the serial of the fiscal device that counted it. */
  series: z.string(),
  lines: z.array(z.object({ kind: LineKind, quantity: z.int(), grossTzs: z.int(), netTzs: z.int(), vatTzs: z.int() })),
  totalTzs: z.int(),
  vatTzs: z.int(),
  netTzs: z.int(),
  vatPercent: z.number(),
  issuedAtMs: z.int(),
  fiscal: z
    .object({
      deviceSerial: z.string(),
      tin: z.string(),
      vrn: z.string(),
      uin: z.string(),
      taxpayer: z.string(),
      taxOffice: z.string(),
      globalCounter: z.int(),
      dailyCounter: z.int(),
      zNumber: z.string(),
      verificationCode: z.string(),
      verifyUrl: z.string(),
      issuedAtMs: z.int(),
    })
    .nullable(),
  creditNotes: z.array(CreditNoteRecord),
});
export type ReceiptRecord = z.infer<typeof ReceiptRecord>;
