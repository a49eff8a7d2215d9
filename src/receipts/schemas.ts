import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import type { CreditNoteRecord, ReceiptRecord } from "./record.ts";

export const ReceiptToken = z.strictObject({ token: z.string().regex(/^[0-9a-hjkmnp-tv-z]{26}$/) });
export const ReceiptParam = z.strictObject({
  id: z
    .string()
    .regex(idPattern("rcp"))
    .transform((text) => text as Id<"rcp">),
});

const LineKind = z.enum(["base", "extension", "late", "lost"]);
const Line = z.object({ kind: LineKind, quantity: z.int(), grossTzs: z.int(), netTzs: z.int(), vatTzs: z.int() });

export const CreditNoteView = z
  .object({
    id: z.string(),
    receiptId: z.string(),
    rentalId: z.string(),
    number: z.string().nullable().meta({
      description: "`CN-<year>-<number>`, gapless within the year; null until it is numbered",
      example: "CN-2026-000007",
    }),
    receiptNumber: z.string().nullable().meta({ description: "Of the receipt that it takes back" }),
    currency: z.literal("TZS"),
    reason: z.enum(["dispute", "reversal", "found"]),
    lines: z.array(
      z.object({
        line: z.int().meta({ description: "Of the receipt, from 0" }),
        kind: LineKind,
        grossTzs: z.int(),
        netTzs: z.int(),
        vatTzs: z.int(),
      }),
    ),
    totalTzs: z.int().meta({ description: "Negative, as all amounts of a credit note" }),
    vatTzs: z.int(),
    netTzs: z.int(),
    vatPercent: z.number().meta({ description: "The rate of the receipt, whatever the rate is now" }),
    issuedAt: z.iso.datetime(),
  })
  .meta({ id: "CreditNote" });

const FiscalView = z.object({
  verificationCode: z.string(),
  verifyUrl: z
    .url()
    .meta({ description: "Where anybody can ask the tax authority for this receipt; what the QR code holds" }),
  deviceSerial: z.string(),
  globalCounter: z.int(),
  dailyCounter: z.int(),
  zNumber: z.string().meta({ description: "The device's day, yyyymmdd" }),
  taxpayer: z.string(),
  tin: z.string(),
  vrn: z.string(),
  uin: z.string(),
  taxOffice: z.string(),
  issuedAt: z.iso.datetime(),
});

export const ReceiptView = z
  .object({
    id: z.string(),
    rentalId: z.string(),
    number: z.string().nullable().meta({
      description:
        "`<year>-<number>`, gapless within the year; where a fiscal device counts, its global counter. Null until it is numbered",
      example: "2026-000042",
    }),
    currency: z.literal("TZS"),
    lines: z.array(Line),
    totalTzs: z.int(),
    vatTzs: z.int(),
    netTzs: z.int(),
    vatPercent: z.number(),
    issuedAt: z.iso.datetime(),
    fiscal: FiscalView.nullable().meta({ description: "What the fiscal device adds; null without one" }),
    creditNotes: z.array(CreditNoteView).meta({ description: "What was taken back of it, oldest first" }),
  })
  .meta({ id: "Receipt" });

export const ReceiptsQuery = z.strictObject({
  cursor: z
    .string()
    .regex(idPattern("rcp"))
    .transform((text) => text as Id<"rcp">)
    .optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});
export const ReceiptPage = z
  .object({ items: z.array(ReceiptView), nextCursor: z.string().nullable() })
  .meta({ id: "ReceiptPage" });

export const IssueCreditNote = z
  .strictObject({
    reason: z.enum(["dispute", "reversal"]),
    note: z
      .string()
      .trim()
      .min(1)
      .max(300)
      .regex(/^[^\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]*$/u)
      .meta({ description: "Why, in the words of who decides; for staff alone" }),
    lines: z
      .array(
        z.strictObject({
          line: z.int().min(0).max(100).meta({ description: "Of the receipt, from 0" }),
          grossTzs: z.int().min(1).max(10_000_000),
        }),
      )
      .min(1)
      .max(20)
      .refine((lines) => new Set(lines.map(({ line }) => line)).size === lines.length, { error: "a line comes once" })
      .optional()
      .meta({ description: "Left out: all that is left of the receipt" }),
  })
  .meta({ id: "IssueCreditNote" });

/** Six digits, so that a year's documents sort as text. */
const yearNumber = (year: number, number: number): string => `${year}-${String(number).padStart(6, "0")}`;

const HOUSE = "house";
export const receiptNumber = ({
  series,
  fiscalYear,
  number,
}: {
  series: string;
  fiscalYear: number;
  number: number | null;
}): string | null => {
  if (number === null) return null;
  return series === HOUSE ? yearNumber(fiscalYear, number) : String(number);
};

export const creditNoteView = (note: CreditNoteRecord): z.infer<typeof CreditNoteView> => ({
  id: note.id,
  receiptId: note.receipt.id,
  rentalId: note.receipt.rentalId,
  number: note.number === null ? null : `CN-${yearNumber(note.fiscalYear, note.number)}`,
  receiptNumber: receiptNumber(note.receipt),
  currency: "TZS",
  reason: note.reason,
  lines: note.lines,
  totalTzs: note.totalTzs,
  vatTzs: note.vatTzs,
  netTzs: note.netTzs,
  vatPercent: note.vatPercent,
  issuedAt: isoTime(note.issuedAtMs),
});

const fiscalView = (fiscal: ReceiptRecord["fiscal"]): z.infer<typeof FiscalView> | null => {
  if (!fiscal) return null;
  const { issuedAtMs, ...rest } = fiscal;
  return { ...rest, issuedAt: isoTime(issuedAtMs) };
};

export const receiptView = (receipt: ReceiptRecord): z.infer<typeof ReceiptView> => ({
  id: receipt.id,
  rentalId: receipt.rentalId,
  number: receiptNumber(receipt),
  currency: "TZS",
  lines: receipt.lines,
  totalTzs: receipt.totalTzs,
  vatTzs: receipt.vatTzs,
  netTzs: receipt.netTzs,
  vatPercent: receipt.vatPercent,
  issuedAt: isoTime(receipt.issuedAtMs),
  fiscal: fiscalView(receipt.fiscal),
  creditNotes: receipt.creditNotes.map(creditNoteView),
});
