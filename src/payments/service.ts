// Outside money: the intent is stored, then the provider is called, then its word is recorded; paid is only what a callback
// proves after it was compared with our own record. A timeout is unknown and is never sent again under another id.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import { MINUTE_MS } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { type BankProvider, type PayProvider, type WalletProvider, walletProviders } from "../providers/ports.ts";
import type { RentalRecord } from "../rentals/service.ts";
import { type Msisdn, normalisePhone } from "../users/phone.ts";
import type { PaymentRecord } from "./record.ts";
import {
  claimPrompt,
  expirePayments as expireStored,
  findPayment,
  listDuePrompts,
  openPayment,
  recordCheckout,
  type Submitted,
} from "./repository.ts";

export { pruneCallbacks, retryCallback, settleCallback, watchPayments } from "./callbacks.ts";
export type { PaymentRecord } from "./record.ts";
export type { Settled } from "./repository.ts";

/** A payment without an answer is expired after this; a later success is still credited. */
const PATIENCE_MS = 10 * MINUTE_MS;
/** Short enough for every operator's prefix; disbursement allows 30. */
const EXTERNAL_ID_LENGTH = 26;

/** As a client sends it; the number is normalised here. */
export type Payer =
  | { provider: WalletProvider; phone: string }
  /** A bank's customer consents by a one-time password; neither it nor the account is stored. */
  | { provider: BankProvider; phone: string; accountNumber: string; otp: string };

export interface Intent {
  payer:
    | { provider: WalletProvider; msisdn: Msisdn }
    | { provider: BankProvider; msisdn: Msisdn; accountNumber: string; otp: string };
  intent: { id: Id<"pay">; externalId: string; provider: PayProvider; msisdnSealed: string; expiresAtMs: number };
}

/** The ids and the sealed number of a payment, before it exists anywhere. Throws `phone_invalid`. */
export const createIntent = async (deps: Dependencies, payer: Payer): Promise<Intent> => {
  const id = deps.ids.next("pay");
  const msisdn = normalisePhone(payer.phone);
  if (msisdn === null) throw new AppError("phone_invalid");
  return {
    payer:
      "otp" in payer
        ? { provider: payer.provider, msisdn, accountNumber: payer.accountNumber, otp: payer.otp }
        : { provider: payer.provider, msisdn },
    intent: {
      id,
      externalId: deps.ids.secret(EXTERNAL_ID_LENGTH),
      provider: payer.provider,
      msisdnSealed: await deps.cipher.seal(msisdn, numberContext(id)),
      expiresAtMs: deps.clock.now() + PATIENCE_MS,
    },
  };
};

/** The number that a payment asked, 255… Throws `recipient_unknown` where it was erased with its account. */
export const openPayerNumber = async (
  deps: Pick<Dependencies, "cipher">,
  paymentId: Id<"pay">,
  sealed: string,
): Promise<Msisdn> => {
  if (sealed === "") throw new AppError("recipient_unknown");
  return (await deps.cipher.open(sealed, numberContext(paymentId))) as Msisdn;
};

const numberContext = (id: Id<"pay">): string => `payments.msisdn:${id}`;

/** Asks the provider to prompt the payer's phone, and records what it answered. The intent is stored already. */
export const requestCheckout = async (
  deps: Dependencies,
  input: Intent & { amountTzs: number; requestId: string },
): Promise<Submitted> => {
  const { payer, intent, amountTzs, requestId } = input;
  const asked = { externalId: intent.externalId, amountTzs };
  const checkout = await ("otp" in payer
    ? deps.payments.bankCheckout({ ...asked, ...payer })
    : deps.payments.checkout({ ...asked, ...payer }));
  if (checkout.status !== "accepted") {
    deps.log.write("warn", "checkout", {
      status: checkout.status,
      reason: checkout.reason,
      paymentId: intent.id,
      provider: payer.provider,
    });
  }
  return recordCheckout(deps.db, {
    paymentId: intent.id,
    checkout,
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
    requestId,
  });
};

export type InitiateInput = Payer & {
  purpose: "top_up" | "debt";
  amountTzs: number;
  key: { route: string; key: string; bodyHash: string };
  requestId: string;
  /** The payer's phone is busy until then: the intent is stored, and whoever asked for it has the prompt sent later. */
  promptAtMs?: number;
};

/** A top-up, or the payment of a debt. Throws `payment_refused` when the provider would not have it, or the code of a refusal. */
export const initiatePayment = async (
  deps: Dependencies,
  actor: Extract<Actor, { kind: "user" }>,
  input: InitiateInput,
): Promise<{ payment: PaymentRecord; isReplay: boolean }> => {
  const { purpose, amountTzs, key, requestId, promptAtMs = null } = input;
  const created = await createIntent(deps, input);
  const { id: paymentId, ...intent } = created.intent;
  const opened = await openPayment(deps.db, {
    ...intent,
    paymentId,
    userId: actor.userId,
    purpose,
    amountTzs,
    promptAtMs,
    key,
    nowMs: deps.clock.now(),
    requestId,
  });
  switch (opened.status) {
    case "replayed":
      return { payment: refuseFailed(opened.payment), isReplay: true };
    case "created":
      if (promptAtMs !== null) return { payment: opened.payment, isReplay: false };
      return {
        payment: refuseFailed((await requestCheckout(deps, { ...created, amountTzs, requestId })).payment),
        isReplay: false,
      };
    case "payment_amount_invalid":
      throw new AppError(opened.status, { details: { debtTzs: opened.debtTzs } });
    default:
      throw new AppError(opened.status);
  }
};

/**
 * The intent of a payment whose prompt had to wait, for the one caller who gets to send it; null for all others, and when
 * nobody waits for the payment any more.
 */
export const takePrompt = async (
  deps: Dependencies,
  paymentId: Id<"pay">,
): Promise<(Intent & { amountTzs: number; rental: RentalRecord | null }) | null> => {
  const token = deps.ids.secret(EXTERNAL_ID_LENGTH);
  const claim = await claimPrompt(deps.db, { paymentId, token, nowMs: deps.clock.now() });
  if (claim.status === "none") return null;
  const { externalId, msisdnSealed, rental } = claim;
  const { provider, expiresAtMs, amountTzs } = claim.payment;
  const wallet = walletProviders.find((known) => known === provider);
  // A bank's one-time password is not stored, so its intent cannot wait.
  if (!wallet) throw new Error("only a wallet's prompt can wait");
  const msisdn = await openPayerNumber(deps, paymentId, msisdnSealed);
  const intent = { id: paymentId, externalId, provider, msisdnSealed, expiresAtMs };
  return { payer: { provider: wallet, msisdn }, intent, amountTzs, rental };
};

/** Payments whose prompt should have left by now: the first way did not come to it. */
export const listDuePayments = (deps: Dependencies, limit: number): Promise<Id<"pay">[]> =>
  listDuePrompts(deps.db, deps.clock.now(), limit);

// `declined` and the like came by callback, after an answer that was good; only a refused checkout is an error of this call.
const refuseFailed = (payment: PaymentRecord): PaymentRecord => {
  if (payment.state === "failed" && payment.settledAtMs === null) {
    throw new AppError("payment_refused", { details: { reason: payment.reason ?? "refused", paymentId: payment.id } });
  }
  return payment;
};

/** Throws `payment_unknown`, also for somebody else's. */
export const readPayment = async (
  deps: Dependencies,
  actor: Extract<Actor, { kind: "user" }>,
  paymentId: Id<"pay">,
): Promise<PaymentRecord> => {
  const payment = await findPayment(deps.db, paymentId, actor.userId);
  if (!payment) throw new AppError("payment_unknown");
  return payment;
};

/** Ends payments that nobody answered; answers how many. */
export const expirePayments = (deps: Dependencies, limit: number): Promise<number> =>
  expireStored(deps.db, deps.clock.now(), limit);
