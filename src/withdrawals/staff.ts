// What people of finance do about money that is on its way out. The database asks each time whether they still may, and that nobody
// decides about his own.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import { isoTime } from "../lib/clock.ts";
import type { WithdrawalRecord } from "./record.ts";
import { listWithdrawals } from "./repository.ts";
import { claimWithdrawal } from "./repository-outcome.ts";
import { closeWithdrawal, decideWithdrawal } from "./repository-staff.ts";
import { sendWithdrawal } from "./send.ts";

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

/** Lets a withdrawal go that waited for it, and sends it. Throws `withdrawal_state`, `withdrawal_stopped`, `four_eyes_required`. */
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
