// A withdrawal from a menu on a keypad: the wish is stored, the answer given, and what takes the provider's time follows. Money
// goes to the account's own number alone. What comes of it the renter hears by SMS.
import type { Dependencies } from "../deps.ts";
import { AppError, type ErrorCode } from "../errors.ts";
import { sha256Hex } from "../lib/crypto.ts";
import { describeError } from "../lib/describe-error.ts";
import { type WithdrawalRefusal, withdrawalRefusals } from "../messages/templates.ts";
import type { WalletProvider } from "../providers/ports.ts";
import { openPhone } from "../users/service.ts";
import { type Ask, claimAsks, closeAsk, storeAsk } from "./repository-later.ts";
import { previewWithdrawal, requestWithdrawal, type UserActor } from "./request.ts";

/** A provider that does not answer is asked so often, over about an hour. */
const MAX_ATTEMPTS = 5;

/** Stores the wish; answers its amount, TZS. `id` makes it the same one. Throws `withdrawal_amount_invalid`, `withdrawal_in_flight`, `account_closed`, `forbidden`, `withdrawals_off`. */
export const askWithdrawal = async (
  deps: Dependencies,
  actor: UserActor,
  input: { id: string; amountTzs: number; provider: WalletProvider },
): Promise<number> => {
  if (!deps.payouts.isConfigured) throw new AppError("withdrawals_off");
  const minTzs = deps.config.WITHDRAWAL_MIN_TZS;
  const stored = await storeAsk(deps.db, { ...input, minTzs, userId: actor.userId, nowMs: deps.clock.now() });
  if (stored.status !== "asked") throw new AppError(stored.status);
  return stored.amountTzs;
};

/** Sends what was asked for: all whose time has come, or the one that is named. Answers how many were worked on. */
export const runAskedWithdrawals = async (
  deps: Dependencies,
  which: { id?: string; limit: number },
  requestId: string,
): Promise<{ done: number; failed: number }> => {
  const asks = await claimAsks(deps.db, { ...which, nowMs: deps.clock.now() });
  const results = await Promise.allSettled(asks.map((ask) => fulfil(deps, ask, requestId)));
  const failed = results.filter((result) => result.status === "rejected").length;
  return { done: results.length - failed, failed };
};

const fulfil = async (deps: Dependencies, ask: Ask, requestId: string): Promise<void> => {
  const { id, userId, amountTzs, provider, phoneSealed } = ask;
  const close = (state: "done" | "refused", reason?: WithdrawalRefusal) =>
    closeAsk(deps.db, {
      id,
      state,
      ...(reason ? { reason } : {}),
      messageId: deps.ids.next("msg"),
      nowMs: deps.clock.now(),
    });
  // The account was closed meanwhile; there is nobody to tell.
  if (phoneSealed === null) return close("refused", "account_closed");
  const actor = { kind: "user", userId, sessionId: "ses_keypad", role: "renter" } as const;
  try {
    const phone = await openPhone(deps.cipher, userId, phoneSealed);
    const { preview } = await previewWithdrawal(deps, actor, { amountTzs, provider, phone });
    const key = {
      route: "withdrawal_request",
      key: id,
      bodyHash: await sha256Hex(JSON.stringify([amountTzs, provider])),
    };
    await requestWithdrawal(deps, actor, { preview, key, requestId });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const reason = refusalOf(error.code);
    if (reason === "unavailable" && ask.attempts < MAX_ATTEMPTS) {
      deps.log.write("warn", "withdrawal_request", { code: error.code, ...describeError(error) });
      return;
    }
    return close("refused", reason);
  }
  return close("done");
};

const refusalOf = (code: ErrorCode): WithdrawalRefusal =>
  withdrawalRefusals.find((known) => known === code) ?? "unavailable";
