// What a fiscal device needs of the tax authority (TRA, virtual fiscal device). Amounts that the authority wants with two
// decimals are in cents. What never crosses: a renter's name or number; a receipt of ours names no customer.

/** Answered once in the life of a device; kept by the object that owns its counters. */
export interface FiscalRegistration {
  regId: string;
  serial: string;
  uin: string;
  tin: string;
  /** "NOT REGISTERED" for a business that charges no VAT. */
  vrn: string;
  name: string;
  street: string;
  mobile: string;
  city: string;
  country: string;
  taxOffice: string;
  /** Begins every verification code. */
  receiptCode: string;
  routingKey: string;
  /** The last number that the authority knows of; the next receipt has the one after. */
  globalCounter: number;
  /** VAT percent of the codes 1 to 4, the letters A to D. */
  taxPercents: number[];
}

export interface FiscalCredentials {
  username: string;
  password: string;
}

/** Times are those of Dar es Salaam: `day` is YYYY-MM-DD, `time` HH:MM:SS. */
interface DocumentHead {
  day: string;
  time: string;
  registration: FiscalRegistration;
}

export interface VatSum {
  /** 1 = A … 5 = E. */
  taxCode: number;
  percent: number;
  netCents: number;
  taxCents: number;
}

export interface FiscalReceipt extends DocumentHead {
  kind: "receipt";
  globalCounter: number;
  dailyCounter: number;
  items: { description: string; quantity: number; taxCode: number; amountTzs: number }[];
  totalTzs: number;
  vat: VatSum[];
}

export interface FiscalDayReport extends DocumentHead {
  kind: "z_report";
  registeredOn: string;
  receiptCount: number;
  totalTzs: number;
  /** Of all receipts of the device so far. */
  grossTzs: number;
  /** All five codes. */
  vat: VatSum[];
}

export type FiscalDocument = FiscalReceipt | FiscalDayReport;

export type RegisterResult =
  | { status: "registered"; registration: FiscalRegistration; credentials: FiscalCredentials }
  | { status: "refused" | "unavailable"; reason: string };

export type FiscalTokenResult =
  | { status: "granted"; accessToken: string; lifetimeSeconds: number }
  | { status: "refused" | "unavailable"; reason: string };

export type FiscalAnswer =
  | { status: "accepted" }
  /** Decided by the authority: the same bytes go again, later, until it decides otherwise. */
  | { status: "refused"; ackCode: number; reason: string }
  | { status: "token_refused" }
  /** No answer, or none that says whether it was taken: the same bytes go again. */
  | { status: "unavailable"; reason: string };

export interface FiscalAuthority {
  /** What a receipt shows and its QR code holds: `{RECEIPTCODE}{GC}` and `{verify}{RECEIPTCODE}{GC}_{HHMMSS}`. */
  verificationOf(input: { receiptCode: string; globalCounter: number; time: string }): { code: string; url: string };
  /** Once in the life of a device. */
  register(): Promise<RegisterResult>;
  requestToken(credentials: FiscalCredentials): Promise<FiscalTokenResult>;
  /** The signed bytes, as text. The same document and key give the same bytes. */
  compose(document: FiscalDocument): Promise<string>;
  /** Sends `text` as it is. `number` is the receipt's, or the report's day as yyyymmdd; the answer has to name it. */
  send(input: FiscalSending): Promise<FiscalAnswer>;
}

export interface FiscalSending {
  kind: FiscalDocument["kind"];
  number: string;
  text: string;
  routingKey: string;
  accessToken: string;
}
