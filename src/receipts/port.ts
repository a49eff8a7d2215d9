// The seams between the Worker and the object of a fiscal device. What crosses: what was sold and the numbers it got,
// documents on their way to the authority, secrets only sealed. What never does: who bought it.
import type { Id } from "../lib/ids.ts";
import type { FiscalAnswer, FiscalAuthority, FiscalDocument, FiscalRegistration } from "../providers/ports.ts";

export type {
  FiscalAnswer,
  FiscalDayReport,
  FiscalDocument,
  FiscalReceipt,
  FiscalRegistration,
  VatSum,
} from "../providers/ports.ts";

export interface FiscalSale {
  receiptId: Id<"rcp">;
  /** What is paid for `quantity` of them together, VAT inside, whole shillings. */
  items: { description: string; quantity: number; amountTzs: number }[];
  vatPercent: number;
}

export interface FiscalNumber {
  receiptId: Id<"rcp">;
  /** The receipt's number: without a gap in the life of the device. */
  globalCounter: number;
  dailyCounter: number;
  /** Day and time in Dar es Salaam, YYYY-MM-DD and HH:MM:SS. */
  day: string;
  time: string;
  issuedAtMs: number;
}

export type FiscalIssue =
  | {
      status: "issued";
      registration: FiscalRegistration;
      registeredAtMs: number;
      numbers: FiscalNumber[];
      refused: { receiptId: Id<"rcp">; reason: "rate_without_code" }[];
    }
  /** The authority has not registered the device yet: nothing can be numbered. */
  | { status: "not_registered"; reason: string };

export interface FiscalDeviceState {
  isRegistered: boolean;
  globalCounter: number;
  /** Documents that the authority has not taken yet, and when the oldest was made. */
  waitingCount: number;
  oldestAtMs: number | null;
}

/** From the Worker to the device's object. Idempotent: a receipt that has a number gets it again. */
export interface FiscalDevicePort {
  /** Numbers in the order given. `taxCodes`: VAT percent to code, over those of the registration. */
  issue(input: { sales: FiscalSale[]; taxCodes: Record<string, number> }): Promise<FiscalIssue>;
  /** Goes on with what waits. */
  wake(): Promise<FiscalDeviceState>;
}

export type SealedRegistration =
  | { status: "registered"; registration: FiscalRegistration; credentialsSealed: string }
  | { status: "refused" | "unavailable"; reason: string };

export type SealedToken =
  | { status: "granted"; tokenSealed: string; lifetimeSeconds: number }
  | { status: "refused" | "unavailable"; reason: string };

/** From the device's object to the authority, through the Worker, which has the keys. */
export interface FiscalGate {
  register(): Promise<SealedRegistration>;
  requestToken(credentialsSealed: string): Promise<SealedToken>;
  /** The bytes to send, signed; the same document gives the same bytes. */
  compose(document: FiscalDocument): Promise<string>;
  send(input: FiscalDispatch): Promise<FiscalAnswer>;
}

export interface FiscalDispatch {
  kind: FiscalDocument["kind"];
  number: string;
  text: string;
  routingKey: string;
  tokenSealed: string;
}

/** What verbs need where a device is configured. */
export interface Fiscal {
  device: FiscalDevicePort;
  authority: FiscalAuthority;
  /** VAT percent to code, over those of the registration. */
  taxCodes: Record<string, number>;
}
