// AzamPay disbursements: money that leaves. What crosses here: a transfer and its decision, a name, a status word, callbacks.
// What never leaves: the token, the key's text, a number in a reason. The true HTTP status of an answer is not known, so an
// answer is judged by its body: a known sentence is a refusal, and whatever is not understood may have sent the money.
import { z } from "zod";
import type { Config } from "../config.ts";
import { SECOND_MS, type Clock } from "../lib/clock.ts";
import { readOutcome } from "./azampay.ts";
import type { SendAuthorized } from "./azampay-authorized.ts";
import { isReference, optional, readStatusWord, text, wholeShillings } from "./azampay-callback.ts";
import { createChecksum } from "./azampay-checksum.ts";
import { DisburseAccepted, DisburseMessage, NameAnswer } from "./azampay-wire.ts";
import { readJson } from "./exchange.ts";
import type { DisburseResult, PayoutCallback, PayoutProvider, WalletProvider } from "./ports.ts";

export interface DisbursementOptions {
  config: Config;
  clock: Clock;
  authorized: SendAuthorized;
  sendTimeoutMs?: number;
  lookupTimeoutMs?: number;
}

const DUPLICATE = "duplicate external reference id";
const NAME_MAX = 100;

/** The reason of a result is `timeout`, `http_<status>`, `answer_unreadable`, `not_configured` and the like, or a known sentence. */
export const createAzamPayDisbursement = (options: DisbursementOptions): PayoutProvider => {
  const { config, clock, authorized, sendTimeoutMs = 30 * SECOND_MS, lookupTimeoutMs = 8 * SECOND_MS } = options;
  const baseUrl = `${config.AZAMPAY_DISBURSEMENT_URL.replace(/\/+$/, "")}/api/v1/azampay`;
  const sourceAccount = config.AZAMPAY_SOURCE_ACCOUNT;
  const checksum = readKey(config.AZAMPAY_CHECKSUM_KEY_PEM);
  const bankName = (provider: WalletProvider): string => config.AZAMPAY_BANK_NAMES[provider];
  const post = (path: string, body: unknown, timeoutMs: number) =>
    authorized(`${baseUrl}/${path}`, { method: "POST", body: JSON.stringify(body) }, timeoutMs);

  return {
    isConfigured: checksum !== null && sourceAccount !== null,

    async lookUpName({ msisdn, provider }) {
      if (!checksum) return { status: "unknown", reason: "not_configured" };
      const account = { bankName: bankName(provider), accountNumber: msisdn };
      const answer = await post(
        "namelookup",
        { ...account, checksum: await checksum(account.bankName + msisdn) },
        lookupTimeoutMs,
      );
      if (answer.kind !== "answered") return { status: "unknown", reason: answer.reason };
      const read = NameAnswer.safeParse(readJson(answer.text));
      if (!read.success) return { status: "unknown", reason: `http_${answer.status}` };
      if (!read.data.status) return { status: "not_found", reason: withoutNumbers(read.data.message ?? "") };
      const name = nameOf(read.data);
      return name === "" ? { status: "unknown", reason: "no_name" } : { status: "found", name };
    },

    async disburse({ externalId, amountTzs, msisdn, provider, recipientName }) {
      if (!checksum || sourceAccount === null) return { status: "not_sent", reason: "not_configured" };
      const party = { countryCode: "TZ", currency: "TZS" };
      // Fresh for each send: an old one is answered "Request expired".
      const dateInEpoch = Math.floor(clock.now() / SECOND_MS);
      const body = {
        source: {
          ...party,
          fullName: config.AZAMPAY_SOURCE_NAME,
          bankName: config.AZAMPAY_SOURCE_BANK,
          accountNumber: sourceAccount,
        },
        destination: { ...party, fullName: recipientName, bankName: bankName(provider), accountNumber: msisdn },
        transferDetails: { type: "withdrawal", amount: amountTzs, dateInEpoch },
        externalReferenceId: externalId,
        checksum: await checksum(`${sourceAccount}${msisdn}TZS${amountTzs}${dateInEpoch}${externalId}`),
        remarks: "ChajiPoa",
      };
      const answer = await post("disburse", body, sendTimeoutMs);
      if (answer.kind === "not_sent") return { status: "not_sent", reason: answer.reason };
      if (answer.kind === "silent") return { status: "unknown", reason: answer.reason };
      // A second 401, after a new token: not taken.
      if (answer.status === 401) return { status: "not_sent", reason: "credentials" };
      return decide(answer.status, answer.text, config.AZAMPAY_REFUSALS);
    },

    async status({ providerReference, provider }) {
      const query = new URLSearchParams({ pgReferenceId: providerReference, bankName: bankName(provider) });
      const answer = await authorized(
        `${baseUrl}/transactionstatus?${query.toString()}`,
        { method: "GET" },
        lookupTimeoutMs,
      );
      return answer.kind === "answered" && answer.status === 200 ? readOutcome(answer.text) : "unknown";
    },

    parseCallback,
  };
};

/** A key that cannot be read is none: withdrawals stay off, and readiness says so. */
const readKey = (pem: string | null) => {
  try {
    return pem === null ? null : createChecksum(pem);
  } catch {
    return null;
  }
};

const decide = (status: number, body: string, refusals: readonly string[]): DisburseResult => {
  const json = readJson(body);
  const accepted = DisburseAccepted.safeParse(json);
  if (accepted.success && status >= 200 && status < 300)
    return { status: "accepted", providerReference: accepted.data.pgReferenceId };
  const refused = DisburseMessage.safeParse(json);
  if (!refused.success) return { status: "unknown", reason: status === 200 ? "answer_unreadable" : `http_${status}` };
  const sentence = refused.data.message.trim().toLowerCase();
  if (sentence === DUPLICATE) return { status: "duplicate" };
  if (refusals.includes(sentence)) return { status: "refused", reason: sentence };
  return { status: "unknown", reason: withoutNumbers(`said: ${sentence}`) };
};

/** Long numbers in a sentence may be somebody's. */
const withoutNumbers = (sentence: string): string => sentence.replace(/\d{5,}/g, "#").slice(0, 200);

/** One line without what the provider takes for markup. */
const nameOf = ({ name, fname, lname, fName, lName }: z.infer<typeof NameAnswer>): string =>
  (name?.trim() || [fname ?? fName, lname ?? lName].filter(Boolean).join(" "))
    .replaceAll(/[<>\p{Cc}\p{Cf}]/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, NAME_MAX);

const Callback = z.object({
  initiatorReferenceId: text(128),
  status: text(64),
  amount: z.union([z.string(), z.number()]).nullish(),
  pgReferenceId: optional(128),
  fspReferenceId: optional(128),
});

const parseCallback = (rawBody: string): PayoutCallback | null => {
  const read = Callback.safeParse(readJson(rawBody));
  if (!read.success) return null;
  const { initiatorReferenceId, status, amount, pgReferenceId, fspReferenceId } = read.data;
  return {
    externalId: initiatorReferenceId,
    providerReference: isReference(pgReferenceId) ? pgReferenceId : null,
    operatorReference: fspReferenceId,
    status: readStatusWord(status),
    amountTzs: amount === null || amount === undefined ? null : wholeShillings(amount),
  };
};
