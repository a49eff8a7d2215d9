// What people of finance do about money that came in and belongs to nothing yet. No callback leads here, and none is a proof.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Id } from "../lib/ids.ts";
import { openPayerNumber } from "../payments/service.ts";
import { type WalletProvider, walletProviders } from "../providers/ports.ts";
import type { SuspenseRecord, WithdrawalRecord } from "./record.ts";
import {
  dismissSuspense,
  listSuspense,
  readSuspenseItem,
  type RefundInput,
  refundSuspense,
} from "./repository-suspense.ts";
import { createPayout, sendWithdrawal } from "./send.ts";
import type { StaffActor } from "./staff.ts";

/** Money without an owner in one state, newest first; `cursor` is the last id of the page before. */
export const listSuspenseItems = async (
  deps: Dependencies,
  page: { state: SuspenseRecord["state"]; cursor: number | null; limit: number },
): Promise<{ items: SuspenseRecord[]; nextCursor: string | null }> => {
  const rows = await listSuspense(deps.db, page.state, page.cursor, page.limit + 1);
  const items = rows.slice(0, page.limit);
  return { items, nextCursor: rows.length > page.limit ? String(items.at(-1)!.id) : null };
};

export interface SuspenseRefund {
  suspenseId: number;
  to: "phone" | "wallet";
  reason: string;
  requestId: string;
}

/**
 * Gives money that came in for nothing back to its payer: to the phone that our own payment asked, or into that renter's wallet. Only where a
 * statement, or a status query made now, proves the money: throws `suspense_unproven` otherwise. Answers the withdrawal, null for the wallet.
 */
export const refundSuspenseItem = async (
  deps: Dependencies,
  actor: StaffActor,
  input: SuspenseRefund,
): Promise<WithdrawalRecord | null> => {
  const { suspenseId, to, reason, requestId } = input;
  const read = await readSuspenseItem(deps.db, suspenseId);
  if (read.status !== "found") throw new AppError(read.status);
  const { item, payment, provedBy } = read;
  if (!item.isRefundable) throw new AppError("suspense_resolved");
  if (!payment) throw new AppError("suspense_unproven");
  const canAsk = provedBy === null && deps.config.AZAMPAY_COLLECTION_STATUS === "on";
  const isProbed =
    canAsk &&
    (await deps.payments.status({ providerReference: item.providerReference, provider: payment.provider })) ===
      "succeeded";
  if (provedBy === null && !isProbed) throw new AppError("suspense_unproven");

  const refunded = await refundSuspense(deps.db, {
    suspenseId,
    to,
    isProbed,
    reason,
    requestId,
    staffId: actor.userId,
    limits: { approvalAboveTzs: deps.config.WITHDRAWAL_APPROVAL_ABOVE_TZS },
    payout: to === "phone" ? await payoutTo(deps, payment) : null,
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
  });
  switch (refunded.status) {
    case "send":
      return sendWithdrawal(deps, refunded, requestId);
    case "awaiting_approval":
      return refunded.withdrawal;
    case "credited":
      return null;
    case "withdrawal_in_flight":
      throw new AppError(refunded.status, { details: { withdrawalId: refunded.withdrawalId } });
    default:
      throw new AppError(refunded.status);
  }
};

const isWallet = (provider: string): provider is WalletProvider =>
  walletProviders.some((wallet) => wallet === provider);

/** To the very wallet that was asked to pay. A bank's customer has none that we know of: there it goes to `wallet`. */
const payoutTo = async (
  deps: Dependencies,
  { id, provider, msisdnSealed }: { id: Id<"pay">; provider: string; msisdnSealed: string },
): Promise<NonNullable<RefundInput["payout"]>> => {
  if (!deps.payouts.isConfigured) throw new AppError("withdrawals_off");
  if (!isWallet(provider)) throw new AppError("invalid_request", { errors: [{ path: "to", code: "invalid_value" }] });
  const msisdn = await openPayerNumber(deps, id, msisdnSealed);
  const recipient = await deps.payouts.lookUpName({ msisdn, provider });
  if (recipient.status === "not_found") throw new AppError("recipient_unknown");
  if (recipient.status === "unknown") throw new AppError("unavailable", { retryAfterSeconds: 10 });
  return { ...(await createPayout(deps, { msisdn, recipientName: recipient.name })), provider };
};

/**
 * One of two voices that say that money in suspense is not there: the provider never had it, or gave it back itself. Throws `suspense_confirmed`
 * where a statement has it as paid, `suspense_resolved`, `four_eyes_required`.
 */
export const dismissSuspenseItem = async (
  deps: Dependencies,
  actor: StaffActor,
  input: { suspenseId: number; reason: string; requestId: string },
): Promise<{ item: SuspenseRecord; isDismissed: boolean }> => {
  const said = await dismissSuspense(deps.db, { ...input, staffId: actor.userId, nowMs: deps.clock.now() });
  switch (said.status) {
    case "asked":
    case "dismissed":
      return { item: said.item, isDismissed: said.status === "dismissed" };
    default:
      throw new AppError(said.status);
  }
};
