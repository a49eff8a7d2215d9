// What we found out ourselves about a payment, by a status query or in the provider's statement, in the form of a callback, so
// that it is stored, compared and applied like one. A query says nothing about the amount: it is what we asked the payer for.
import { z } from "zod";
import type { ProviderCallback } from "../providers/ports.ts";

const sources = ["azampay_probe", "azampay_statement"] as const;

export interface Finding {
  source: (typeof sources)[number];
  externalId: string;
  providerReference: string;
  amountTzs: number;
  result: "succeeded" | "failed";
}

const Stored = z.object({
  source: z.enum(sources),
  externalId: z.string(),
  providerReference: z.string(),
  amountTzs: z.int(),
  result: z.enum(["succeeded", "failed"]),
});

/** Whether a stored body is a finding of ours and not what somebody sent. */
export const isFinding = (provider: string): boolean => sources.some((source) => source === provider);

/** The same finding is the same text. */
export const writeFinding = ({ source, externalId, providerReference, amountTzs, result }: Finding): string =>
  JSON.stringify({ source, externalId, providerReference, amountTzs, result });

/** Throws on what `writeFinding` did not write. */
export const readFinding = (body: string): ProviderCallback => {
  const { externalId, providerReference, amountTzs, result } = Stored.parse(JSON.parse(body));
  return {
    externalId,
    providerReference,
    amountTzs,
    status: result,
    statusWord: result,
    operator: null,
    operatorReference: null,
    externalReference: null,
    password: null,
    signature: null,
  };
};
