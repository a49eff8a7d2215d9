// The verbs of withdrawals for a renter. Sending is in request.ts, later.ts for who cannot wait; what the provider says is in
// callbacks.ts, what staff do in staff.ts and suspense.ts, what a crash left in sweep.ts.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Id } from "../lib/ids.ts";
import { maskPhone, type Msisdn } from "../users/service.ts";
import type { WithdrawalRecord } from "./record.ts";
import { findWithdrawal, listWithdrawals } from "./repository.ts";
import type { UserActor } from "./request.ts";
import { openRecipient } from "./send.ts";

export { settleDisbursementCallback } from "./callbacks.ts";
export { approveWithdrawal, closeUnproven, listOpenWithdrawals, rejectWithdrawal, resendWithdrawal } from "./staff.ts";
export { dismissSuspenseItem, listSuspenseItems, refundSuspenseItem } from "./suspense.ts";
export { previewWithdrawal, requestWithdrawal } from "./request.ts";
export { askWithdrawal, runAskedWithdrawals } from "./later.ts";
export { openRecipient } from "./send.ts";
export { runWithdrawals } from "./sweep.ts";
export { withdrawableTzs } from "./withdrawable.ts";
export type { WithdrawalRecord } from "./record.ts";

/** Throws `withdrawal_unknown`, also for somebody else's. */
export const readWithdrawal = async (
  deps: Dependencies,
  actor: UserActor,
  withdrawalId: Id<"wdr">,
): Promise<WithdrawalRecord> => {
  const withdrawal = await findWithdrawal(deps.db, withdrawalId, actor.userId);
  if (!withdrawal) throw new AppError("withdrawal_unknown");
  return withdrawal;
};

/** Newest first; `cursor` is the last id of the page before. */
export const readWithdrawals = async (
  deps: Dependencies,
  actor: UserActor,
  page: { cursor: Id<"wdr"> | null; limit: number },
): Promise<{ items: WithdrawalRecord[]; nextCursor: string | null }> => {
  const rows = await listWithdrawals(deps.db, { userId: actor.userId }, page.cursor, page.limit + 1);
  const items = rows.slice(0, page.limit);
  return { items, nextCursor: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null };
};

/** To whom it goes, as the renter saw it: the name, and the number masked. */
export const describeRecipient = async (
  deps: Dependencies,
  withdrawal: WithdrawalRecord,
): Promise<{ name: string; phone: string }> => {
  const { msisdn, name } = await openRecipient(deps, withdrawal);
  return { name, phone: maskPhone(msisdn as Msisdn) };
};
