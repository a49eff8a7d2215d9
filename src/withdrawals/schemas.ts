import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import { walletProviders } from "../providers/ports.ts";
import { PhoneText } from "../users/schemas.ts";
import { WithdrawalState, type WithdrawalRecord } from "./record.ts";

const withdrawalId = z
  .string()
  .regex(idPattern("wdr"))
  .transform((text) => text as Id<"wdr">);

export const PreviewWithdrawal = z
  .strictObject({ amountTzs: z.int().min(1).max(5_000_000), provider: z.enum(walletProviders), phone: PhoneText })
  .meta({ id: "PreviewWithdrawal" });

export const PreviewView = z
  .object({
    recipientName: z
      .string()
      .meta({ description: "Whose wallet it is, as the operator says it", example: "ASHA JUMA" }),
    phone: z.string().meta({ description: "Masked" }),
    provider: z.enum(walletProviders),
    currency: z.literal("TZS"),
    amountTzs: z.int(),
    feeTzs: z.int(),
    withdrawableTzs: z.int(),
    preview: z.string().meta({ description: "Sends exactly this; good for 10 minutes" }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "WithdrawalPreview" });

export const RequestWithdrawal = z
  .strictObject({
    preview: z
      .string()
      .max(2_000)
      .regex(/^[A-Za-z0-9_.-]+$/),
  })
  .meta({ id: "RequestWithdrawal" });

export const WithdrawalParam = z.strictObject({ id: withdrawalId });
export const WithdrawalsQuery = z.strictObject({
  cursor: withdrawalId.optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});

const time = z.iso.datetime();
const shared = {
  id: z.string(),
  state: WithdrawalState.meta({
    description: "`submitted` is accepted by the provider, not paid; `unknown` while nobody can say",
  }),
  reason: z.string().nullable(),
  currency: z.literal("TZS"),
  amountTzs: z.int(),
  feeTzs: z.int(),
  provider: z.enum(walletProviders),
  createdAt: time,
  settledAt: time.nullable(),
};

export const WithdrawalView = z
  .object({ ...shared, recipient: z.object({ name: z.string(), phone: z.string().meta({ description: "Masked" }) }) })
  .meta({ id: "Withdrawal" });
export const WithdrawalPage = z
  .object({ items: z.array(WithdrawalView), nextCursor: z.string().nullable() })
  .meta({ id: "WithdrawalPage" });

const sharedView = (withdrawal: WithdrawalRecord) => ({
  id: withdrawal.id,
  state: withdrawal.state,
  reason: withdrawal.reason,
  currency: "TZS" as const,
  amountTzs: withdrawal.amountTzs,
  feeTzs: withdrawal.feeTzs,
  provider: withdrawal.provider,
  createdAt: isoTime(withdrawal.createdAtMs),
  settledAt: withdrawal.settledAtMs === null ? null : isoTime(withdrawal.settledAtMs),
});

export const withdrawalView = (
  withdrawal: WithdrawalRecord,
  recipient: { name: string; phone: string },
): z.infer<typeof WithdrawalView> => ({
  ...sharedView(withdrawal),
  recipient,
});

export const Reason = z
  .string()
  .trim()
  .min(3)
  .max(500)
  .regex(/^\P{C}*$/u)
  .meta({ description: "For the audit log" });
export const Decide = z.strictObject({ reason: Reason }).meta({ id: "WithdrawalDecision" });
export const Close = z
  .strictObject({ outcome: z.enum(["paid", "returned"]), reason: Reason })
  .meta({ id: "WithdrawalClosing", description: "Two of finance have to say the same" });

/** For staff: without the recipient, whom they need not know. */
export const StaffWithdrawalView = z
  .object({
    ...shared,
    kind: z.enum(["wallet", "suspense"]),
    userId: z.string(),
    requestedBy: z.string(),
    approvedBy: z.string().nullable(),
    settledBy: z.string().nullable(),
    needsReview: z.boolean(),
    sentAt: time.nullable(),
  })
  .meta({ id: "StaffWithdrawal" });
export const StaffWithdrawalPage = z
  .object({ items: z.array(StaffWithdrawalView), nextCursor: z.string().nullable() })
  .meta({ id: "StaffWithdrawalPage" });
export const ClosingView = z
  .object({ isClosed: z.boolean(), withdrawal: StaffWithdrawalView })
  .meta({ id: "WithdrawalClosingResult" });

export const staffView = (withdrawal: WithdrawalRecord): z.infer<typeof StaffWithdrawalView> => ({
  ...sharedView(withdrawal),
  kind: withdrawal.kind,
  userId: withdrawal.userId,
  requestedBy: withdrawal.requestedBy,
  approvedBy: withdrawal.approvedBy,
  settledBy: withdrawal.settledBy,
  needsReview: withdrawal.needsReview,
  sentAt: withdrawal.sentAtMs === null ? null : isoTime(withdrawal.sentAtMs),
});

/** For the document alone: what AzamPay says that it sends. It is read liberally. */
export const DisbursementCallback = z
  .looseObject({
    initiatorReferenceId: z
      .string()
      .meta({ description: "Our own id of the disbursement, sent as `externalReferenceId`" }),
    status: z.string().meta({ example: "success" }),
    amount: z.string().meta({ example: "3000" }),
    pgReferenceId: z.string().nullable(),
    fspReferenceId: z.string().nullable(),
  })
  .partial({ amount: true, pgReferenceId: true, fspReferenceId: true })
  .meta({ id: "AzamPayDisbursementCallback" });
