// AzamPay's wire as this client reads it: strict in what decides about money, deaf to everything else.
import { z } from "zod";
import { bankProviders, type BankProvider, type PayProvider, type WalletProvider } from "./ports.ts";

/** The enum of the wire, case and all. */
export const wireProvider = {
  airtel: "Airtel",
  tigo: "Tigo",
  halopesa: "Halopesa",
  azampesa: "Azampesa",
  mpesa: "Mpesa",
} as const satisfies Record<WalletProvider, string>;

export const wireBank = { crdb: "CRDB", nmb: "NMB" } as const satisfies Record<BankProvider, string>;

export const isBank = (provider: PayProvider): provider is BankProvider =>
  bankProviders.some((bank) => bank === provider);

export const MAX_CHECKOUT_TZS = 5_000_000;

export const TokenAnswer = z.object({
  success: z.literal(true).optional(),
  data: z.object({
    accessToken: z.string().min(1).max(8_192),
    expire: z.string().nullish(),
    /** The name that one SDK reads. */
    expireAt: z.string().nullish(),
  }),
});

/** 423 is the documented HTTP status as well; this is for a gateway that answers everything with 200. */
export const TokenRefusal = z.object({ success: z.literal(false), statusCode: z.literal(423) });

export const CheckoutAnswer = z.discriminatedUnion("success", [
  z.object({ success: z.literal(true), transactionId: z.string().regex(/^(?!null$)[A-Za-z0-9_-]{4,128}$/i) }),
  z.object({
    success: z.literal(false),
    message: z.string().nullish().catch(null),
    messageCode: z.union([z.number(), z.string()]).nullish().catch(null),
  }),
]);

/** `msg` and `properties` instead of `message` and `transactionId`. */
export const BankAnswer = z.object({
  success: z.literal(true),
  data: z.object({ properties: z.object({ ReferenceID: z.union([z.string().min(1), z.number()]) }) }),
});

/** The word is in `data` or in `status`; some answers have neither. */
export const StatusAnswer = z.object({
  data: z.string().max(64).nullish().catch(null),
  status: z.string().max(64).nullish().catch(null),
});

/** `pgReferenceId` of an accepted disbursement. */
export const DisburseAccepted = z.object({
  success: z.literal(true),
  pgReferenceId: z.string().regex(/^(?!null$)[A-Za-z0-9_-]{4,128}$/i),
});
/** A refusal is known by its sentence; how it was sent differs. */
export const DisburseMessage = z.object({ success: z.literal(false), message: z.string().max(500) });

const namePart = z.string().max(200).nullish().catch(null);
/** `status` is a boolean here. The test host writes `fName` and may leave `name` out. */
export const NameAnswer = z.object({
  status: z.boolean(),
  name: namePart,
  fname: namePart,
  lname: namePart,
  fName: namePart,
  lName: namePart,
  message: z.string().nullish().catch(null),
});

/** A model validation problem: only the names of the fields are of interest. */
export const ValidationAnswer = z.object({ errors: z.record(z.string(), z.unknown()) });

export const PublicKeyAnswer = z.object({ publicKey: z.string().min(1) });

/** An ISO time without an offset is UTC. `null` for what is not a time. */
export const parseExpiry = (text: string): number | null => {
  const iso = text.trim().replace(" ", "T");
  const hasZone = /(?:z|[+-]\d{2}:?\d{2})$/i.test(iso);
  const atMs = Date.parse(hasZone || !iso.includes("T") ? iso : `${iso}Z`);
  return Number.isNaN(atMs) ? null : atMs;
};
