// A renter sends money out of the wallet: sees who would get it and what it costs, then sends exactly that.
import { z } from "zod";
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import { MINUTE_MS } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { type WalletProvider, walletProviders } from "../providers/ports.ts";
import { maskPhone, type Msisdn, normalisePhone } from "../users/service.ts";
import type { WithdrawalRecord } from "./record.ts";
import { type KeyUse, type Opened, openWithdrawal, quoteWithdrawal } from "./repository.ts";
import { createPayout, sendWithdrawal } from "./send.ts";
import { pricesOf, withdrawableTzs } from "./withdrawable.ts";

export type UserActor = Extract<Actor, { kind: "user" }>;

/** What was looked up is sent within this time or looked up again. */
const PREVIEW_MS = 10 * MINUTE_MS;
/** A price that changed between two calls is taken again this often. */
const ATTEMPTS = 4;

const Preview = z.object({
  msisdn: z.string().transform((text) => text as Msisdn),
  provider: z.enum(walletProviders),
  name: z.string(),
  amountTzs: z.int(),
  feeTzs: z.int(),
  untilMs: z.int(),
});
const previewContext = (userId: Id<"usr">): string => `withdrawals.preview:${userId}`;

export interface PreviewInput {
  amountTzs: number;
  provider: WalletProvider;
  phone: string;
}

/**
 * Who would get the money, and what it costs. Nothing is written; `preview` is what `requestWithdrawal` takes, for 10 minutes and
 * by this renter alone. Throws `recipient_unknown`, `withdrawal_exceeds_balance` and the like, `unavailable` when the provider does not answer.
 */
export const previewWithdrawal = async (
  deps: Dependencies,
  actor: UserActor,
  { amountTzs, provider, phone }: PreviewInput,
) => {
  const { WITHDRAWAL_MIN_TZS: minTzs, WITHDRAWAL_FEE_TZS: feeTzs } = deps.config;
  if (!deps.payouts.isConfigured) throw new AppError("withdrawals_off");
  const msisdn = normalisePhone(phone);
  if (msisdn === null) throw new AppError("phone_invalid");
  if (amountTzs < minTzs) throw new AppError("withdrawal_amount_invalid", { details: { minTzs } });
  const nowMs = deps.clock.now();
  const quoted = await quoteWithdrawal(deps.db, actor.userId, nowMs);
  if (quoted.status !== "quoted") throw new AppError(quoted.status);
  if (quoted.userState === "closed") throw new AppError("account_closed");
  if (quoted.userState === "pending") throw new AppError("forbidden");
  if (quoted.openId) throw new AppError("withdrawal_in_flight", { details: { withdrawalId: quoted.openId } });
  const free = withdrawableTzs(quoted, nowMs);
  if (amountTzs + feeTzs > free)
    throw new AppError("withdrawal_exceeds_balance", { details: { withdrawableTzs: free } });

  const recipient = await deps.payouts.lookUpName({ msisdn, provider });
  if (recipient.status !== "found") {
    deps.log.write("warn", "name_lookup", { status: recipient.status, reason: recipient.reason, provider });
    throw recipient.status === "not_found"
      ? new AppError("recipient_unknown")
      : new AppError("unavailable", { retryAfterSeconds: 10 });
  }
  const untilMs = nowMs + PREVIEW_MS;
  const shown = { msisdn, provider, name: recipient.name, amountTzs, feeTzs, untilMs };
  return {
    recipientName: recipient.name,
    phone: maskPhone(msisdn),
    provider,
    amountTzs,
    feeTzs,
    withdrawableTzs: free,
    untilMs,
    preview: await deps.cipher.seal(JSON.stringify(Preview.parse(shown)), previewContext(actor.userId)),
  };
};

const readPreview = async (deps: Dependencies, userId: Id<"usr">, sealed: string): Promise<z.infer<typeof Preview>> => {
  let preview: z.infer<typeof Preview>;
  try {
    preview = Preview.parse(JSON.parse(await deps.cipher.open(sealed, previewContext(userId))));
  } catch {
    throw new AppError("preview_invalid");
  }
  return preview;
};

export interface WithdrawInput {
  /** Of `previewWithdrawal`. */
  preview: string;
  key: KeyUse;
  requestId: string;
}

/**
 * Takes the money out of the wallet and sends it to the recipient that was shown. Answers the withdrawal: `submitted` when the provider
 * has it, `awaiting_approval` when staff have to see it first, `unknown` while nobody can say. Throws the code of a refusal; then nothing
 * is taken. The same key again answers the same withdrawal and sends nothing.
 */
export const requestWithdrawal = async (
  deps: Dependencies,
  actor: UserActor,
  { preview, key, requestId }: WithdrawInput,
): Promise<{ withdrawal: WithdrawalRecord; isReplay: boolean }> => {
  if (!deps.payouts.isConfigured) throw new AppError("withdrawals_off");
  const { msisdn, name, untilMs, ...shown } = await readPreview(deps, actor.userId, preview);
  const payout = await createPayout(deps, { msisdn, recipientName: name });
  const {
    WITHDRAWAL_DAILY_TZS: dailyTzs,
    WITHDRAWAL_DAILY_COUNT: dailyCount,
    WITHDRAWAL_APPROVAL_ABOVE_TZS: approvalAboveTzs,
  } = deps.config;
  let prices: ReturnType<typeof pricesOf> = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const nowMs = deps.clock.now();
    const opened = await openWithdrawal(deps.db, {
      ...payout,
      ...shown,
      userId: actor.userId,
      prices,
      limits: { dailyTzs, dailyCount, approvalAboveTzs },
      isExpired: nowMs >= untilMs,
      key,
      nowMs,
      requestId,
    });
    switch (opened.status) {
      case "send":
        return { withdrawal: await sendWithdrawal(deps, opened, requestId), isReplay: false };
      case "awaiting_approval":
      case "replayed":
        return { withdrawal: opened.withdrawal, isReplay: opened.status === "replayed" };
      case "price":
        prices = pricesOf(opened.rentals, nowMs);
        break;
      default:
        throw refusal(opened);
    }
  }
  throw new AppError("unavailable", { retryAfterSeconds: 5 });
};

const refusal = (
  opened: Exclude<Opened, { status: "send" | "awaiting_approval" | "replayed" | "price" }>,
): AppError => {
  switch (opened.status) {
    case "withdrawal_exceeds_balance":
      return new AppError(opened.status, { details: { withdrawableTzs: opened.withdrawableTzs } });
    case "withdrawal_limit":
      return new AppError(opened.status, {
        details: { remainingTzs: opened.remainingTzs, remainingCount: opened.remainingCount },
      });
    case "withdrawal_in_flight":
      return new AppError(opened.status, { details: { withdrawalId: opened.withdrawalId } });
    default:
      return new AppError(opened.status);
  }
};
