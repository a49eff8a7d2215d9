import type { Dependencies } from "../deps.ts";
import type { Actor } from "../lib/actor.ts";
import { AppError } from "../errors.ts";
import {
  findWallet,
  type ForgiveInput,
  forgiveStoredDebt,
  listWalletEntries,
  type MoveInput,
  moveStoredWallet,
  type Wallet,
  type WalletEntry,
} from "./repository.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

/** What the renter has, owes and has on hold, TZS. */
export const readWallet = (deps: Dependencies, actor: UserActor): Promise<Wallet> => findWallet(deps.db, actor.userId);

/** Newest first; `cursor` is the last entry of the page before. */
export const readWalletEntries = async (
  deps: Dependencies,
  actor: UserActor,
  page: { cursor: number | null; limit: number },
): Promise<{ items: WalletEntry[]; nextCursor: string | null }> => {
  const rows = await listWalletEntries(deps.db, actor.userId, page.cursor, page.limit + 1);
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > page.limit && last ? String(last.entryId) : null };
};

type StaffActor = Extract<Actor, { kind: "staff" }>;

export type Forgive = Pick<ForgiveInput, "userId" | "amountTzs" | "reason" | "key" | "requestId">;

/** Writes off a debt, or a part of it, by finance and with a reason. Throws `payment_amount_invalid` when there is less, `four_eyes_required` for one's own. */
export const forgiveDebt = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Forgive,
): Promise<{ amountTzs: number; debtTzs: number; isReplay: boolean }> => {
  const forgiven = await forgiveStoredDebt(deps.db, {
    ...input,
    adjustmentId: deps.ids.next("adj"),
    staffId: actor.userId,
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
  });
  switch (forgiven.status) {
    case "forgiven":
    case "replayed":
      return { amountTzs: forgiven.amountTzs, debtTzs: forgiven.debtTzs, isReplay: forgiven.status === "replayed" };
    case "payment_amount_invalid":
      throw new AppError(forgiven.status, { details: { debtTzs: forgiven.debtTzs } });
    default:
      throw new AppError(forgiven.status);
  }
};

/**
 * Gives all that lies in the wallet of a closed account to the account that its owner has now, under the same number; by finance and with a
 * reason. Throws `closed_account_unknown`, `user_unknown`, `user_state`, `four_eyes_required`, `idempotency_mismatch`.
 */
export const moveClosedWallet = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Pick<MoveInput, "userId" | "closedUserId" | "reason" | "key" | "requestId">,
): Promise<{ amountTzs: number; walletTzs: number; isReplay: boolean }> => {
  const moved = await moveStoredWallet(deps.db, {
    ...input,
    adjustmentId: deps.ids.next("adj"),
    staffId: actor.userId,
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
  });
  switch (moved.status) {
    case "moved":
    case "replayed":
      return { amountTzs: moved.amountTzs, walletTzs: moved.walletTzs, isReplay: moved.status === "replayed" };
    case "user_state":
      throw new AppError(moved.status, { details: { state: moved.state } });
    default:
      throw new AppError(moved.status);
  }
};
