// Reads a callback liberally (fewer fields than documented were seen, numbers where strings are documented, nulls) and
// maps it narrowly: a word or an amount that is not understood is never taken for a payment.
import { z } from "zod";
import { readJson } from "./exchange.ts";
import type { ProviderCallback } from "./ports.ts";

const SIGNATURE_MAX = 4_096;

export const text = (max: number) => z.union([z.string().min(1).max(max), z.number().transform(String)]);
/** What is absent, null, of another type or too long does not make the callback unreadable. */
export const optional = (max: number) => text(max).nullable().catch(null);

const Callback = z.object({
  utilityref: text(128),
  transactionstatus: text(64),
  amount: z.union([z.string(), z.number()]),
  transid: optional(128),
  reference: optional(128),
  externalreference: optional(128),
  operator: optional(64),
  mnoreference: optional(128),
  /** The name of the operator's reference in the shape of 2022. */
  fspReferenceId: optional(128),
  password: optional(512),
  signature: optional(SIGNATURE_MAX),
});

const statuses: Record<string, ProviderCallback["status"]> = {
  success: "succeeded",
  failure: "failed",
  failed: "failed",
  fail: "failed",
  cancelled: "failed",
  canceled: "failed",
};

/** Narrow: a word that is not understood is never taken for an outcome. */
export const readStatusWord = (given: string): ProviderCallback["status"] => {
  const word = given.trim().toLowerCase();
  return Object.hasOwn(statuses, word) ? statuses[word]! : "other";
};

/** `null` when it is not a callback by any known shape. */
export const parseCallback = (rawBody: string): ProviderCallback | null => {
  const read = Callback.safeParse(readJson(rawBody));
  if (!read.success) return null;
  const { data } = read;
  const providerReference = [data.transid, data.reference, data.externalreference].find(isReference);
  if (!providerReference) return null;
  return {
    externalId: data.utilityref,
    providerReference,
    status: readStatusWord(data.transactionstatus),
    statusWord: data.transactionstatus,
    amountTzs: wholeShillings(data.amount),
    operator: data.operator,
    operatorReference: data.mnoreference ?? data.fspReferenceId,
    externalReference: data.externalreference,
    password: data.password,
    signature: data.signature,
  };
};

/** The provider writes a missing id as the word `null` elsewhere. */
export const isReference = (id: string | null): id is string => id !== null && id.toLowerCase() !== "null";

export const wholeShillings = (amount: string | number): number | null => {
  if (!/^\d{1,12}(?:\.0{1,4})?$/.test(String(amount).trim())) return null;
  return Number(amount);
};
