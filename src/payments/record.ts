// A payment as `payment_json` of the database gives it.
import { z } from "zod";
import { paymentPurposes, paymentStates } from "../db/schema/payments.ts";
import type { Id } from "../lib/ids.ts";
import { payProviders } from "../providers/ports.ts";

export const PaymentPurpose = z.enum(paymentPurposes);
export const PaymentState = z.enum(paymentStates);

export const PaymentRecord = z.object({
  id: z.string().transform((text) => text as Id<"pay">),
  userId: z.string().transform((text) => text as Id<"usr">),
  purpose: PaymentPurpose,
  amountTzs: z.int(),
  provider: z.enum(payProviders),
  state: PaymentState,
  reason: z.string().nullable(),
  rentalId: z
    .string()
    .transform((text) => text as Id<"rnt">)
    .nullable(),
  createdAtMs: z.int(),
  expiresAtMs: z.int(),
  settledAtMs: z.int().nullable(),
});
export type PaymentRecord = z.infer<typeof PaymentRecord>;
