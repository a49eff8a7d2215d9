import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import {
  type BankProvider,
  bankProviders,
  type PayProvider,
  payProviders,
  type WalletProvider,
} from "../providers/ports.ts";
import { PhoneText } from "../users/schemas.ts";
import { PaymentPurpose, PaymentState, type PaymentRecord } from "./record.ts";

export { PaymentPurpose, PaymentState } from "./record.ts";

const payer = {
  provider: z.enum(payProviders),
  phone: PhoneText.meta({ description: "Whose mobile money pays, or the number that the bank knows its customer by" }),
  accountNumber: z
    .string()
    .regex(/^[A-Za-z0-9]{5,34}$/)
    .optional()
    .meta({ description: "Of a bank's customer" }),
  otp: z
    .string()
    .regex(/^[0-9]{4,10}$/)
    .optional()
    .meta({ description: "From the bank's own USSD menu: CRDB *150*03#, NMB *150*66#" }),
};

type Given = { provider: PayProvider; phone: string; accountNumber?: string | undefined; otp?: string | undefined };
type Named =
  | { provider: WalletProvider; phone: string }
  | { provider: BankProvider; phone: string; accountNumber: string; otp: string };

const isBank = (provider: PayProvider): provider is BankProvider => bankProviders.some((bank) => bank === provider);
/** An account and a password belong to a bank, and to it alone. */
const isWhole = ({ provider, accountNumber, otp }: Given): boolean =>
  isBank(provider)
    ? accountNumber !== undefined && otp !== undefined
    : accountNumber === undefined && otp === undefined;
const nameOf = ({ provider, phone, accountNumber = "", otp = "" }: Given): Named =>
  isBank(provider) ? { provider, phone, accountNumber, otp } : { provider, phone };
const incomplete = { path: ["accountNumber"] };

export const Payer = z
  .strictObject(payer)
  .refine(isWhole, incomplete)
  .transform(nameOf)
  .meta({ id: "Payer", description: "Whose mobile money, or whose bank account, pays" });

export const InitiatePayment = z
  .strictObject({ purpose: z.enum(["top_up", "debt"]), amountTzs: z.int().min(500).max(1_000_000), ...payer })
  .refine(isWhole, incomplete)
  .transform(({ purpose, amountTzs, ...given }) => ({ purpose, amountTzs, ...nameOf(given) }))
  .meta({ id: "InitiatePayment" });

/** For the document alone: what AzamPay says that it sends. It is read liberally, because it was seen to send less. */
export const AzamPayCallback = z
  .looseObject({
    utilityref: z.string().meta({ description: "Our own id of the checkout, sent as `externalId`" }),
    transactionstatus: z.string().meta({ example: "success" }),
    amount: z.string().meta({ example: "5000" }),
    transid: z.string().nullable(),
    reference: z.string().nullable(),
    externalreference: z.string().nullable(),
    operator: z.string().nullable(),
    mnoreference: z.string().nullable(),
    password: z.string().nullable(),
    signature: z.string().nullable(),
  })
  .partial({
    transid: true,
    reference: true,
    externalreference: true,
    operator: true,
    mnoreference: true,
    password: true,
    signature: true,
  })
  .meta({ id: "AzamPayCallback" });

export const PaymentParam = z.strictObject({
  id: z
    .string()
    .regex(idPattern("pay"))
    .transform((text) => text as Id<"pay">),
});

export const PaymentView = z
  .object({
    id: z.string(),
    purpose: PaymentPurpose,
    state: PaymentState.meta({
      description: "`submitted` is accepted by the provider, not paid; `unknown` while nobody can say",
    }),
    reason: z.string().nullable(),
    amountTzs: z.int(),
    currency: z.literal("TZS"),
    provider: z.enum(payProviders),
    rentalId: z.string().nullable(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "Payment" });

export const paymentView = (payment: PaymentRecord): z.infer<typeof PaymentView> => ({
  id: payment.id,
  purpose: payment.purpose,
  state: payment.state,
  reason: payment.reason,
  amountTzs: payment.amountTzs,
  currency: "TZS",
  provider: payment.provider,
  rentalId: payment.rentalId,
  createdAt: isoTime(payment.createdAtMs),
  expiresAt: isoTime(payment.expiresAtMs),
  settledAt: payment.settledAtMs === null ? null : isoTime(payment.settledAtMs),
});
