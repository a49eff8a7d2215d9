// What the verbs need of outside parties. A provider's decision is a value; its absence is `unknown`, never a failure.

export const walletProviders = ["airtel", "tigo", "halopesa", "azampesa", "mpesa"] as const;
/** Whose wallet pays. The spelling on AzamPay's wire is the client's business. */
export type WalletProvider = (typeof walletProviders)[number];

export const bankProviders = ["crdb", "nmb"] as const;
export type BankProvider = (typeof bankProviders)[number];
export const payProviders = [...walletProviders, ...bankProviders] as const;
export type PayProvider = (typeof payProviders)[number];

/** What an outside party's record says happened; `unknown` when it says nothing that can be relied on. */
export type Outcome = "succeeded" | "failed" | "pending" | "unknown";

export type CheckoutResult =
  /** The prompt is on its way to the handset. Not paid. Null: the answer did not name the transaction. */
  | { status: "accepted"; providerReference: string | null }
  | { status: "refused"; reason: string }
  /** Timeout, broken answer, 5xx: the prompt may or may not have been sent. Never sent again under another id. */
  | { status: "unknown"; reason: string };

export interface PaymentProvider {
  /** `msisdn` is 255…, 12 digits; `externalId` is ours, made before the call; `amountTzs` whole shillings. */
  checkout(input: {
    externalId: string;
    amountTzs: number;
    msisdn: string;
    provider: WalletProvider;
  }): Promise<CheckoutResult>;
  /** The account's owner consents by a one-time password of his bank. */
  bankCheckout(input: {
    externalId: string;
    amountTzs: number;
    msisdn: string;
    provider: BankProvider;
    accountNumber: string;
    otp: string;
  }): Promise<CheckoutResult>;
  /** What became of a collection. Only where the settings say that it can be asked; never throws. */
  status(input: { providerReference: string; provider: PayProvider }): Promise<Outcome>;
  /** Reads a callback's body; `null` when it is not one by the documented shape. */
  parseCallback(rawBody: string): ProviderCallback | null;
  /** Checks what the settings ask for (password, signature); the path secret is the route's business. */
  authenticateCallback(callback: ProviderCallback): Promise<CallbackVerdict>;
  /** Cheap proof that the provider answers; for readiness. */
  ping(): Promise<boolean>;
}

export interface ProviderCallback {
  /** Our own id, as sent. */
  externalId: string;
  /** The provider's id of the transaction. */
  providerReference: string;
  status: "succeeded" | "failed" | "other";
  statusWord: string;
  /** Whole shillings, or null when the amount is not a whole number of them. */
  amountTzs: number | null;
  operator: string | null;
  operatorReference: string | null;
  externalReference: string | null;
  password: string | null;
  signature: string | null;
}

export type CallbackVerdict =
  | { isAuthentic: true; signature: "valid" | "absent" | "not_checked" }
  | { isAuthentic: false; reason: "password" | "signature_missing" | "signature_wrong" | "key_unavailable" };

export type DisburseResult =
  /** On its way. Not paid. */
  | { status: "accepted"; providerReference: string }
  /** One of the configured sentences. It counts for the first send of an id alone. */
  | { status: "refused"; reason: string }
  /** An earlier send under this id arrived. Says nothing about what became of it. */
  | { status: "duplicate" }
  /** Nothing left us. */
  | { status: "not_sent"; reason: string }
  /** It may have arrived. */
  | { status: "unknown"; reason: string };

export interface PayoutProvider {
  /** False while a setting is missing without which nothing can be sent. */
  isConfigured: boolean;
  /** Who a number belongs to, as the operator says it; `unknown` when it does not answer. */
  lookUpName(input: {
    msisdn: string;
    provider: WalletProvider;
  }): Promise<
    { status: "found"; name: string } | { status: "not_found"; reason: string } | { status: "unknown"; reason: string }
  >;
  /** Sends money out. `externalId` is ours and the same for every send of one withdrawal. Never throws. */
  disburse(input: {
    externalId: string;
    amountTzs: number;
    msisdn: string;
    provider: WalletProvider;
    recipientName: string;
  }): Promise<DisburseResult>;
  /** Asks about an accepted one. Never throws. */
  status(input: { providerReference: string; provider: WalletProvider }): Promise<Outcome>;
  /** `null` when it is not a callback by the documented shape. */
  parseCallback(rawBody: string): PayoutCallback | null;
}

export interface PayoutCallback {
  /** Our own id, as sent. */
  externalId: string;
  providerReference: string | null;
  operatorReference: string | null;
  status: "succeeded" | "failed" | "other";
  /** Whole shillings; null when it is missing or not a whole number of them. */
  amountTzs: number | null;
}

export const smsGateways = ["beem", "africastalking"] as const;
export type SmsGateway = (typeof smsGateways)[number];

export type SmsResult =
  | { status: "accepted"; providerReference: string }
  /**
   * Not taken. `later`: the same may pass here after a while; `elsewhere`: not here, until somebody changes something; `never`: it is the number
   * or the text, and no other gateway is asked.
   */
  | { status: "refused"; code: string; chance: "later" | "elsewhere" | "never" }
  /** It may have been taken. */
  | { status: "unknown"; reason: string };

export interface SmsMessage {
  /** Ours; travels as the recipient's id where the gateway has such a thing. */
  reference: string;
  /** 255…, 12 digits. */
  msisdn: string;
  text: string;
}

/** One gateway. Never throws, never sends again. */
export interface SmsClient {
  send(message: SmsMessage): Promise<SmsResult>;
}

export type SmsOutcome = "pending" | "delivered" | "failed";

/** What a gateway tells of a message some time after it took it. */
export interface SmsReport {
  /** The gateway's id of the message, or of the recipient where it names only that. */
  providerReference: string;
  /** Our own id, where the gateway repeats it. */
  reference: string | null;
  outcome: SmsOutcome;
  /** In the gateway's own words. */
  statusWord: string;
  reason: string | null;
}

export interface SmsSender {
  /** `gateway` is the one whose word the result is. */
  send(message: SmsMessage): Promise<SmsResult & { gateway: SmsGateway }>;
  /** Null when it is no report by the documented shape. */
  parseReport(gateway: SmsGateway, rawBody: string): SmsReport | null;
}

export type {
  FiscalAnswer,
  FiscalAuthority,
  FiscalDayReport,
  FiscalDocument,
  FiscalReceipt,
  FiscalRegistration,
  FiscalSending,
  VatSum,
} from "./fiscal-port.ts";

export { type SlotNumber, slotNumber } from "./slot-number.ts";
export type {
  CabinetVendor,
  ChargeNow,
  VendorAnswer,
  VendorEvidence,
  VendorName,
  VendorNotice,
  VendorOrder,
  VendorReading,
  VendorSlot,
  VendorWord,
  Volinks,
} from "./vendor-port.ts";
