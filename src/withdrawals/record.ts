// A withdrawal as `withdrawal_json` of the database gives it.
import { z } from "zod";
import { withdrawalStates } from "../db/schema/withdrawals.ts";
import type { Id } from "../lib/ids.ts";
import { walletProviders } from "../providers/ports.ts";

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
