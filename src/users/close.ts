// The end of an account: what names the person goes, the books stay.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import { closeStored, eraseStored } from "./repository.ts";

/**
 * Closes the account and ends every session of it; the number may register anew. `giveUpTzs` is what is left in the wallet when that is too little to
 * be withdrawn. Throws `rental_already_open`, `debt_open`, `dispute_undecided`, `withdrawal_in_flight`, `payment_in_flight`,
 * `wallet_not_empty {walletTzs, mayGiveUp}`, `account_suspended` (support decides about those), `forbidden` for staff.
 */
export const closeAccount = async (
  deps: Dependencies,
  { userId }: Extract<Actor, { kind: "user" }>,
  { giveUpTzs, requestId }: { giveUpTzs: number; requestId: string },
): Promise<void> => {
  const { WITHDRAWAL_MIN_TZS: min, WITHDRAWAL_FEE_TZS: fee } = deps.config;
  const closed = await closeStored(deps.db, {
    userId,
    giveUpTzs,
    leastTzs: min + fee,
    nowMs: deps.clock.now(),
    requestId,
  });
  switch (closed.status) {
    case "closed":
      return;
    case "wallet_not_empty":
      throw new AppError(closed.status, { details: { walletTzs: closed.walletTzs, mayGiveUp: closed.mayGiveUp } });
    default:
      throw new AppError(closed.status);
  }
};

/** Erases the numbers of accounts that were closed long enough ago; answers how many. */
export const eraseAccounts = (deps: Dependencies, limit: number): Promise<number> =>
  eraseStored(deps.db, deps.clock.now(), limit);
