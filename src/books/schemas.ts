import { z } from "zod";
import { breakKinds } from "./breaks.ts";

export const BookBreak = z.object({
  kind: z.enum(breakKinds),
  /** An id, a reference, an account or a day. */
  subject: z.string(),
  sinceMs: z.number().nullable(),
  amountTzs: z.int().nullable(),
  expectedTzs: z.int().nullable(),
  detail: z.string().nullable(),
});
export type BookBreak = z.infer<typeof BookBreak>;

export const TrialBalance = z.object({
  /** The newest closed day in it; null when none is. */
  day: z.iso.date().nullable(),
  /** Sums of everything since the beginning. */
  accounts: z.array(z.object({ account: z.string(), debitTzs: z.int(), creditTzs: z.int() })),
});
export type TrialBalance = z.infer<typeof TrialBalance>;

export const StatementLine = z.object({
  providerReference: z.string().min(1).max(128),
  ourReference: z.string().min(1).max(128).nullable(),
  direction: z.enum(["in", "out"]),
  amountTzs: z.int().positive(),
  status: z.enum(["paid", "failed", "pending", "reversed"]),
  occurredAtMs: z.int(),
});
export type StatementLine = z.infer<typeof StatementLine>;
