// What people of finance do about money that is on its way out or belongs to nothing yet. The database asks each time whether they
// still may, and that nobody decides about his own.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import { isoTime } from "../lib/clock.ts";
import { type WalletProvider, walletProviders } from "../providers/ports.ts";
import type { SuspenseRecord, WithdrawalRecord } from "./record.ts";
import { openPayerNumber } from "../payments/service.ts";
import { listWithdrawals } from "./repository.ts";
import { claimWithdrawal } from "./repository-outcome.ts";
import {
  closeWithdrawal,
  decideWithdrawal,
  listSuspense,
  readSuspenseItem,
  type RefundInput,
  refundSuspense,
} from "./repository-staff.ts";
import { createPayout, sendWithdrawal } from "./send.ts";

export type StaffActor = Extract<Actor, { kind: "staff" }>;

interface Decision {
  withdrawalId: Id<"wdr">;
  reason: string;
  requestId: string;
}

const decide = async (
  deps: Dependencies,
  actor: StaffActor,
  decision: "approve" | "reject",
  input: Decision,
): Promise<WithdrawalRecord> => {
  const decided = await decideWithdrawal(deps.db, {
    ...input,
    decision,
    staffId: actor.userId,
    sendToken: deps.ids.secret(26),
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
  });
  switch (decided.status) {
    case "send":
      return sendWithdrawal(deps, decided, input.requestId);
    case "decided":
      return decided.withdrawal;
    case "withdrawal_state":
      throw new AppError(decided.status, { details: { state: decided.withdrawal.state } });
    default:
      throw new AppError(decided.status);
  }
};

/** Lets a withdrawal go that waited for it, and sends it. Throws `withdrawal_state`, `four_eyes_required`. */
export const approveWithdrawal = (deps: Dependencies, actor: StaffActor, input: Decision) =>
  decide(deps, actor, "approve", input);

/** Gives the money back instead. */
export const rejectWithdrawal = (deps: Dependencies, actor: StaffActor, input: Decision) =>
  decide(deps, actor, "reject", input);

/**
 * Hands an unknown withdrawal over again, under its own external id, within a day of the first send. The provider makes it once; whatever it
 * answers but an acceptance leaves the withdrawal unknown. Throws `withdrawal_state`.
 */
export const resendWithdrawal = async (
  deps: Dependencies,
  actor: StaffActor,
  { withdrawalId, reason, requestId }: Decision,
): Promise<WithdrawalRecord> => {
  const claimed = await claimWithdrawal(deps.db, {
    withdrawalId,
    sendToken: deps.ids.secret(26),
    staffId: actor.userId,
    reason,
    nowMs: deps.clock.now(),
    requestId,
  });
  if (claimed.status === "send") return sendWithdrawal(deps, claimed, requestId);
  if (claimed.status === "withdrawal_state")
    throw new AppError(claimed.status, { details: { state: claimed.withdrawal.state } });
  throw new AppError(claimed.status);
};

/**
 * One of two voices that say how a withdrawal ended which nobody can prove: not before 72 hours after it was sent, or at once where the provider
 * contradicted itself. Answers `isClosed`. Throws `too_early`, `withdrawal_state`, `four_eyes_required`.
 */
export const closeUnproven = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Decision & { outcome: "paid" | "returned" },
): Promise<{ withdrawal: WithdrawalRecord; isClosed: boolean }> => {
  const closed = await closeWithdrawal(deps.db, {
    ...input,
    staffId: actor.userId,
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
  });
  switch (closed.status) {
    case "voted":
    case "closed":
      return { withdrawal: closed.withdrawal, isClosed: closed.status === "closed" };
    case "too_early":
      throw new AppError(closed.status, { details: { notBefore: isoTime(closed.notBeforeMs) } });
    case "withdrawal_state":
      throw new AppError(closed.status, { details: { state: closed.withdrawal.state } });
    default:
      throw new AppError(closed.status);
  }
};

/** Everybody's that are on their way, newest first. */
export const listOpenWithdrawals = async (
  deps: Dependencies,
  page: { cursor: Id<"wdr"> | null; limit: number },
): Promise<{ items: WithdrawalRecord[]; nextCursor: string | null }> => {
  const rows = await listWithdrawals(deps.db, { isOpen: true }, page.cursor, page.limit + 1);
  const items = rows.slice(0, page.limit);
  return { items, nextCursor: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null };
};

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
  if (item.state !== "open") throw new AppError("suspense_resolved");
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
