// What the provider's two services accept, from their published schema: additionalProperties is false, the words are
// case-sensitive. Written apart from the product's client on purpose: a shared mistake would prove itself.
import { z } from "zod";

export const TokenRequest = z.strictObject({
  appName: z.string().min(1),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
});

const MAX_AMOUNT_TZS = 5_000_000;
const amountText = z
  .string()
  .regex(/^\d{1,7}$/)
  .refine((text) => Number(text) <= MAX_AMOUNT_TZS);

export const CheckoutRequest = z.strictObject({
  /** `255…`, `0…` or the nine digits; a plus sign is refused. Azampesa's sandbox numbers begin with 1. */
  accountNumber: z.string().regex(/^(?:(?:255|0)?[67]\d{8}|1\d{9})$/),
  amount: z.union([z.int().min(0).max(MAX_AMOUNT_TZS), amountText]),
  currency: z.literal("TZS"),
  externalId: z.string().min(1).max(128),
  provider: z.enum(["Airtel", "Tigo", "Halopesa", "Azampesa", "Mpesa"]),
  additionalProperties: z
    .record(z.string(), z.unknown())
    .nullable()
    .optional()
    .refine((value) => new TextEncoder().encode(JSON.stringify(value ?? {})).length <= 4_096),
});
export type CheckoutRequest = z.infer<typeof CheckoutRequest>;

export const BankCheckoutRequest = z.strictObject({
  amount: z.number().min(1).max(MAX_AMOUNT_TZS),
  currencyCode: z.literal("TZS"),
  merchantAccountNumber: z.string().min(1).max(100),
  merchantMobileNumber: z.string().min(1).max(100),
  merchantName: z.string().nullable().optional(),
  otp: z.string().min(1),
  provider: z.enum(["CRDB", "NMB"]),
  referenceId: z.string().max(128).nullable().optional(),
  additionalProperties: z.record(z.string(), z.unknown()).nullable().optional(),
});
export type BankCheckoutRequest = z.infer<typeof BankCheckoutRequest>;

const Party = z.strictObject({
  countryCode: z.literal("TZ"),
  fullName: z
    .string()
    .min(1)
    .regex(/^[^<>]*$/),
  bankName: z.string(),
  accountNumber: z.string().min(1),
  currency: z.literal("TZS"),
});
export const DisburseRequest = z.strictObject({
  source: Party,
  destination: Party,
  transferDetails: z.strictObject({ type: z.string(), amount: z.int().min(1), dateInEpoch: z.int() }),
  externalReferenceId: z.string().min(1).max(30),
  additionalProperties: z.record(z.string(), z.unknown()).nullable().optional(),
  checksum: z.string().optional(),
  remarks: z.string().optional(),
});
export type DisburseRequest = z.infer<typeof DisburseRequest>;

export const NameLookupRequest = z.strictObject({
  bankName: z.string(),
  accountNumber: z.string().min(1),
  checksum: z.string().optional(),
});

const messages: Record<string, string> = {
  accountNumber: "Account Number must be valid",
  amount: "Amount Must be valid",
  currency: "Currency must be valid",
  externalId: "ExternalId cannot be empty or longer than 128 characters",
  provider: "Provider enum value is not valid",
};

/** The problem document of the model validation; `rename` writes the field as the service does. */
export const validationProblem = (issues: z.core.$ZodIssue[], rename = (field: string) => field): Response => {
  const errors: Record<string, string[]> = {};
  for (const issue of issues) {
    const fields = issue.code === "unrecognized_keys" ? issue.keys : [String(issue.path[0] ?? "$")];
    for (const field of fields) errors[rename(field)] = [messages[field] ?? `The ${rename(field)} field is not valid.`];
  }
  return problem(errors);
};

export const problem = (errors: Record<string, string[]>): Response =>
  Response.json(
    {
      errors,
      type: "https://tools.ietf.org/html/rfc9110#section-15.5.1",
      traceId: `00-${crypto.randomUUID().replaceAll("-", "")}-01`,
      title: "One or more validation errors occurred",
      status: 400,
    },
    { status: 400, headers: { "content-type": "application/problem+json; charset=utf-8" } },
  );
