// The SQL of what happens to a rental while its bank is out. Each change is one function of the database, one round trip.
import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { PaymentRecord } from "../payments/record.ts";
import type { ExtensionOffer } from "./pricing-facts.ts";
import { RentalRecord } from "./record.ts";
import type { KeyUse, PaymentIntent } from "./repository.ts";

const Extended = z.discriminatedUnion("status", [
  z.object({ status: z.literal("extended"), rental: RentalRecord }),
  z.object({ status: z.literal("awaiting_payment"), rental: RentalRecord, missingTzs: z.int() }),
  z.object({ status: z.literal("replayed"), rental: RentalRecord, payment: PaymentRecord.nullable() }),
  z.object({ status: z.literal("changed"), rental: RentalRecord }),
  z.object({ status: z.literal("insufficient_funds"), missingTzs: z.int() }),
  z.object({
    status: z.enum([
      "idempotency_mismatch",
      "unauthenticated",
      "rental_unknown",
      "rental_not_active",
      "extension_unavailable",
    ]),
  }),
]);
export type Extended = z.infer<typeof Extended>;

export interface ExtendInput {
  rentalId: Id<"rnt">;
  userId: Id<"usr">;
  key: KeyUse;
  version: number;
  /** Null: the rental is not one that could be extended. */
  offer: ExtensionOffer | null;
  payment: PaymentIntent | null;
  messageId: Id<"msg">;
  actor: string;
  nowMs: number;
  requestId: string;
}

export const extendRental = (db: Database, { nowMs, payment, ...input }: ExtendInput): Promise<Extended> =>
  callFunction(
    db,
    "rental_extend",
    {
      ...input,
      payment: payment && {
        ...payment,
        expiresAt: isoTime(payment.expiresAtMs),
        promptAt: payment.promptAtMs === undefined ? null : isoTime(payment.promptAtMs),
      },
      now: isoTime(nowMs),
    },
    Extended,
  );

interface Bill {
  version: number;
  atMs: number;
  lines: z.infer<typeof RentalRecord>["lines"];
  totalTzs: number;
  vatTzs: number;
  netTzs: number;
}

const Lost = z.discriminatedUnion("status", [
  z.object({ status: z.literal("lost"), rental: RentalRecord, isRepeat: z.boolean() }),
  z.object({ status: z.enum(["replayed", "returned", "changed", "rental_not_active"]), rental: RentalRecord }),
  z.object({ status: z.enum(["idempotency_mismatch", "rental_unknown"]) }),
]);
export type Lost = z.infer<typeof Lost>;

export interface LoseInput extends Bill {
  rentalId: Id<"rnt">;
  /** Only a rental of this renter. */
  userId?: Id<"usr">;
  key?: KeyUse;
  isReported: boolean;
  cause: string | null;
  vatPercent: number;
  receiptId: Id<"rcp">;
  receiptToken: string;
  messageId: Id<"msg">;
  actor: string;
  nowMs: number;
  requestId: string;
}

export const loseRental = (db: Database, { nowMs, atMs, ...input }: LoseInput): Promise<Lost> =>
  callFunction(db, "rental_lose", { ...input, at: isoTime(atMs), now: isoTime(nowMs) }, Lost);

const Swapped = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["dispensing", "replayed"]), rental: RentalRecord }),
  z.object({
    status: z.enum([
      "idempotency_mismatch",
      "unauthenticated",
      "rental_unknown",
      "rental_not_active",
      "swap_unavailable",
      "account_suspended",
      "account_closed",
      "forbidden",
      "station_unavailable",
      "station_offline",
      "no_power_bank",
    ]),
  }),
]);

/** Answers the successor. */
export const swapRental = (
  db: Database,
  {
    nowMs,
    ...input
  }: {
    rentalId: Id<"rnt">;
    cause: string;
    successorId: Id<"rnt">;
    userId: Id<"usr">;
    key: KeyUse;
    actor: string;
    nowMs: number;
    requestId: string;
  },
): Promise<z.infer<typeof Swapped>> => callFunction(db, "rental_swap", { ...input, now: isoTime(nowMs) }, Swapped);

const Found = z.discriminatedUnion("status", [
  z.object({ status: z.literal("found"), rental: RentalRecord, refundTzs: z.int(), isRepeat: z.boolean() }),
  z.object({ status: z.literal("changed"), rental: RentalRecord }),
  z.object({ status: z.literal("stale"), rental: RentalRecord.optional() }),
]);
export type Found = z.infer<typeof Found>;

export interface FoundInput extends Bill {
  rentalId: Id<"rnt">;
  eventKey: string;
  stationId: Id<"stn">;
  slot: number;
  isFreeReturn: boolean;
  creditNoteId: Id<"crn">;
  creditToken: string;
  messageId: Id<"msg">;
  actor: string;
  nowMs: number;
  requestId: string;
}

export const findRentalAgain = (db: Database, { nowMs, atMs, ...input }: FoundInput): Promise<Found> =>
  callFunction(db, "rental_found", { ...input, at: isoTime(atMs), now: isoTime(nowMs) }, Found);

const Due = z.discriminatedUnion("status", [
  z.object({ status: z.literal("rental"), isStored: z.boolean(), rental: RentalRecord }),
  z.object({ status: z.literal("unknown") }),
]);
export type Due = z.infer<typeof Due>;

/** What the timer says next, planned for one version of the rental. */
export interface NoticePlan {
  version: number;
  notice: {
    messageId: Id<"msg">;
    template: string;
    params: Record<string, unknown>;
    atMs: number;
    untilMs: number;
  } | null;
  nextNoticeAtMs: number;
}

/** Flags an overdue rental; with a plan it also queues the notice and remembers when to ask next. */
export const askDue = (
  db: Database,
  input: { rentalId: Id<"rnt">; plan: NoticePlan | null; nowMs: number; requestId: string },
): Promise<Due> =>
  callFunction(
    db,
    "rental_due",
    { rentalId: input.rentalId, requestId: input.requestId, ...input.plan, now: isoTime(input.nowMs) },
    Due,
  );
