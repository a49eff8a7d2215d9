// A withdrawal as `withdrawal_json` of the database gives it, and a suspense item as `suspense_item_json` does.
import { z } from "zod";
import { suspenseReasons, suspenseResolutions, suspenseStates } from "../db/schema/payments.ts";
import { withdrawalStates } from "../db/schema/withdrawals.ts";
import type { Id } from "../lib/ids.ts";
import { payProviders, walletProviders } from "../providers/ports.ts";

export const WithdrawalState = z.enum(withdrawalStates);

export const WithdrawalRecord = z.object({
  id: z.string().transform((text) => text as Id<"wdr">),
  userId: z.string().transform((text) => text as Id<"usr">),
  kind: z.enum(["wallet", "suspense"]),
  suspenseId: z.int().nullable(),
  amountTzs: z.int(),
  feeTzs: z.int(),
  provider: z.enum(walletProviders),
  msisdnSealed: z.string(),
  recipientSealed: z.string(),
  state: WithdrawalState,
  reason: z.string().nullable(),
  settledBy: z.string().nullable(),
  needsReview: z.boolean(),
  requestedBy: z.string(),
  approvedBy: z.string().nullable(),
  createdAtMs: z.int(),
  sentAtMs: z.int().nullable(),
  settledAtMs: z.int().nullable(),
});
export type WithdrawalRecord = z.infer<typeof WithdrawalRecord>;

export const SuspenseState = z.enum(suspenseStates);

export const SuspenseRecord = z.object({
  id: z.int(),
  amountTzs: z.int(),
  reason: z.enum(suspenseReasons),
  state: SuspenseState,
  providerReference: z.string(),
  /** Of ours, where it names one. */
  paymentId: z.string().nullable(),
  userId: z.string().nullable(),
  provider: z.enum(payProviders).nullable(),
  isProven: z.boolean(),
  openedAtMs: z.int(),
  resolution: z.enum(suspenseResolutions).nullable(),
  /** One of finance says that it is not there; the second makes it so. */
  dismissalAskedBy: z.string().nullable(),
  resolvedBy: z.string().nullable(),
  resolvedAtMs: z.int().nullable(),
});
export type SuspenseRecord = z.infer<typeof SuspenseRecord>;
