// AzamPay collections. What crosses here: a checkout request and its decision, callbacks and the verdict about them. What
// never leaves: the token, the secrets, the customer's number, the values of a request in a reason. A request that may
// have arrived is `unknown` and is never sent again; after a 401 it is, because a 401 says that it was not taken.
import type { Config } from "../config.ts";
import { equalBytes, utf8 } from "../lib/bytes.ts";
import { SECOND_MS, type Clock } from "../lib/clock.ts";
import { sha256Hex, type Cipher } from "../lib/crypto.ts";
import type { Log } from "../lib/log.ts";
import { parseCallback } from "./azampay-callback.ts";
import { createSignatureVerifier } from "./azampay-signature.ts";
import { type Authorized, createAuthorized, type SendAuthorized } from "./azampay-authorized.ts";
import type { TokenSourceOptions } from "./azampay-token.ts";
import {
  BankAnswer,
  CheckoutAnswer,
  isBank,
  MAX_CHECKOUT_TZS,
  StatusAnswer,
  ValidationAnswer,
  wireBank,
  wireProvider,
} from "./azampay-wire.ts";
import { readJson, type Fetch } from "./exchange.ts";
import type { CallbackVerdict, CheckoutResult, Outcome, PaymentProvider, ProviderCallback } from "./ports.ts";

export interface AzamPayOptions {
  config: Config;
  clock: Clock;
  redis: TokenSourceOptions["redis"];
  cipher: Cipher;
  fetch: Fetch;
  /** Where refused credentials are reported. */
  log?: Log;
  /** Shared with the other services of the same application. */
  authorized?: SendAuthorized;
  checkoutTimeoutMs?: number;
  /** Of the token, the public key and the ping. */
  lookupTimeoutMs?: number;
}

type CheckoutInput = Parameters<PaymentProvider["checkout"]>[0];

const PING_LIFETIME_MS = 30 * SECOND_MS;
/** Beside 400 and 401: answers by which a server says that it has not processed the request. */
const NOT_PROCESSED = [403, 404, 405, 413, 415, 429];

/**
 * The reason of a refused checkout is `credentials`, `token_unavailable` (nothing was sent), `invalid:<fields>`,
 * `declined:<code>: <message>` or `http_<status>`.
 */
export const createAzamPay = (options: AzamPayOptions): PaymentProvider => {
  const { config, clock, redis, cipher, fetch, log } = options;
  const { checkoutTimeoutMs = 15 * SECOND_MS, lookupTimeoutMs = 8 * SECOND_MS } = options;
  const checkoutUrl = config.AZAMPAY_CHECKOUT_URL.replace(/\/+$/, "");
  const authorized =
    options.authorized ?? createAuthorized({ config, clock, redis, cipher, fetch, log, timeoutMs: lookupTimeoutMs });

  const fetchKey = async (): Promise<string | null> => {
    const url = config.AZAMPAY_PUBLIC_KEY_URL ?? `${checkoutUrl}/azampay/v1/public-key?format=Pem`;
    const answer = await authorized(url, { method: "GET" }, lookupTimeoutMs);
    return answer.kind === "answered" && answer.status === 200 ? answer.text : null;
  };
  const patienceMs = 4 * lookupTimeoutMs;
  const signatures = createSignatureVerifier({ clock, staticKey: config.AZAMPAY_PUBLIC_KEY_PEM, fetchKey, patienceMs });

  let pinged: { atMs: number; isUp: boolean } | null = null;

  return {
    async checkout(input) {
      const wrong = wrongFields(input);
      if (wrong.length > 0) return { status: "refused", reason: `invalid:${wrong.join(",")}` };
      const body = JSON.stringify({
        accountNumber: input.msisdn,
        amount: String(input.amountTzs),
        currency: "TZS",
        externalId: input.externalId,
        provider: wireProvider[input.provider],
      });
      const url = `${checkoutUrl}/azampay/mno/checkout`;
      return decide(await authorized(url, { method: "POST", body }, checkoutTimeoutMs));
    },
    async bankCheckout(input) {
      const wrong = wrongFields(input);
      if (wrong.length > 0) return { status: "refused", reason: `invalid:${wrong.join(",")}` };
      const body = JSON.stringify({
        amount: input.amountTzs,
        currencyCode: "TZS",
        merchantAccountNumber: input.accountNumber,
        merchantMobileNumber: input.msisdn,
        merchantName: null,
        otp: input.otp,
        provider: wireBank[input.provider],
        referenceId: input.externalId,
      });
      return decide(
        await authorized(`${checkoutUrl}/azampay/bank/checkout`, { method: "POST", body }, checkoutTimeoutMs),
      );
    },
    async status({ providerReference, provider }) {
      const query = new URLSearchParams({
        transactionId: providerReference,
        provider: isBank(provider) ? wireBank[provider] : wireProvider[provider],
      });
      const url = `${checkoutUrl}/api/v1/partner/gettransactionstatus?${query.toString()}`;
      const answer = await authorized(url, { method: "GET" }, lookupTimeoutMs);
      return answer.kind === "answered" && answer.status === 200 ? readOutcome(answer.text) : "unknown";
    },
    parseCallback,
    async authenticateCallback(callback): Promise<CallbackVerdict> {
      const password = config.AZAMPAY_CALLBACK_PASSWORD;
      if (password !== null && !(await isSameSecret(callback.password, password))) {
        return { isAuthentic: false, reason: "password" };
      }
      const mode = config.AZAMPAY_CALLBACK_SIGNATURE;
      if (mode === "off") return { isAuthentic: true, signature: "not_checked" };
      if (!isSigned(callback)) {
        return mode === "required"
          ? { isAuthentic: false, reason: "signature_missing" }
          : { isAuthentic: true, signature: "absent" };
      }
      const verdict = await signatures.verify(callback);
      if (verdict === "valid") return { isAuthentic: true, signature: "valid" };
      return { isAuthentic: false, reason: verdict === "wrong" ? "signature_wrong" : "key_unavailable" };
    },
    async ping() {
      if (pinged && clock.now() - pinged.atMs < PING_LIFETIME_MS) return pinged.isUp;
      const url = `${checkoutUrl}/api/v1/Partner/GetPaymentPartners`;
      const answer = await authorized(url, { method: "GET" }, lookupTimeoutMs);
      const isUp = answer.kind === "answered" && answer.status === 200;
      pinged = { atMs: clock.now(), isUp };
      return isUp;
    },
  };
};

const wrongFields = ({
  amountTzs,
  msisdn,
  externalId,
}: Pick<CheckoutInput, "amountTzs" | "msisdn" | "externalId">): string[] => {
  const wrong: string[] = [];
  if (!Number.isSafeInteger(amountTzs) || amountTzs < 1 || amountTzs > MAX_CHECKOUT_TZS) wrong.push("amount");
  if (!/^255\d{9}$/.test(msisdn)) wrong.push("accountNumber");
  // The provider's other calls take 30 characters of it; it must fit them all.
  if (externalId.length < 1 || externalId.length > 30) wrong.push("externalId");
  return wrong;
};

const decide = (answer: Authorized): CheckoutResult => {
  if (answer.kind === "not_sent") return { status: "refused", reason: answer.reason };
  if (answer.kind === "silent") return { status: "unknown", reason: answer.reason };
  const { status, text } = answer;
  if (status === 400) return { status: "refused", reason: invalidFields(text) };
  if (status === 401) return { status: "refused", reason: "credentials" };
  if (NOT_PROCESSED.includes(status)) return { status: "refused", reason: `http_${status}` };
  if (status !== 200) return { status: "unknown", reason: `http_${status}` };
  const json = readJson(text);
  const read = CheckoutAnswer.safeParse(json);
  // The shape of 2022, in which the bank checkout was once answered; its reference is not known to be the callback's.
  if (!read.success && BankAnswer.safeParse(json).success) return { status: "accepted", providerReference: null };
  if (!read.success) return { status: "unknown", reason: "answer_unreadable" };
  if (read.data.success) return { status: "accepted", providerReference: read.data.transactionId };
  return { status: "refused", reason: declined(read.data.messageCode ?? null, read.data.message ?? null) };
};

/** Only an exact word counts: `success: true` says that the question was answered. */
export const readOutcome = (text: string): Outcome => {
  const read = StatusAnswer.safeParse(readJson(text));
  const word = read.success ? (read.data.data ?? read.data.status) : null;
  return outcomes.get(word?.trim().toLowerCase() ?? "") ?? "unknown";
};

const outcomes = new Map<string, Outcome>([
  ["success", "succeeded"],
  ["failure", "failed"],
  ["failed", "failed"],
  ["pending", "pending"],
]);

const FIELD_NAME = /^[A-Za-z$][A-Za-z0-9_.$]{0,63}$/;

const invalidFields = (text: string): string => {
  const read = ValidationAnswer.safeParse(readJson(text));
  const fields = read.success ? Object.keys(read.data.errors).filter((name) => FIELD_NAME.test(name)) : [];
  return fields.length > 0 ? `invalid:${fields.toSorted().join(",")}` : "invalid:unnamed";
};

/** The message is for operators ("Invalid Vendor"); long numbers in it may be somebody's. */
const declined = (code: number | string | null, message: string | null): string =>
  `declined:${code ?? "none"}: ${message ?? ""}`.replace(/\d{5,}/g, "#").slice(0, 200);

const isSigned = (callback: ProviderCallback): callback is ProviderCallback & { signature: string } =>
  callback.signature !== null;

/** Compares digests, so that the time tells neither the content nor the length. */
const isSameSecret = async (given: string | null, expected: string): Promise<boolean> => {
  const [a, b] = await Promise.all([sha256Hex(given ?? ""), sha256Hex(expected)]);
  return equalBytes(utf8(a), utf8(b)) && given !== null;
};
