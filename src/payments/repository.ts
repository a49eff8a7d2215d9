// The SQL of payments. Each change is one function of the database, one round trip.
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { payments } from "../db/schema/payments.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { type CheckoutResult, type PayProvider, payProviders, type ProviderCallback } from "../providers/ports.ts";
import { RentalRecord } from "../rentals/record.ts";
import { PaymentRecord } from "./record.ts";

const Opened = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["created", "replayed"]), payment: PaymentRecord }),
  z.object({ status: z.literal("payment_amount_invalid"), debtTzs: z.int() }),
  z.object({
    status: z.enum(["idempotency_mismatch", "unauthenticated", "account_suspended", "account_closed", "forbidden"]),
  }),
]);
export type Opened = z.infer<typeof Opened>;

export interface OpenInput {
  paymentId: Id<"pay">;
  userId: Id<"usr">;
  purpose: "top_up" | "debt";
  amountTzs: number;
  provider: PayProvider;
  msisdnSealed: string;
  externalId: string;
  expiresAtMs: number;
  promptAtMs: number | null;
  key: { route: string; key: string; bodyHash: string };
  nowMs: number;
  requestId: string;
}

export const openPayment = (db: Database, { nowMs, expiresAtMs, promptAtMs, ...input }: OpenInput): Promise<Opened> =>
  callFunction(
    db,
    "payment_open",
    {
      ...input,
      expiresAt: isoTime(expiresAtMs),
      promptAt: promptAtMs === null ? null : isoTime(promptAtMs),
      now: isoTime(nowMs),
    },
    Opened,
  );

const PromptClaim = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("claimed"),
    payment: PaymentRecord,
    externalId: z.string(),
    msisdnSealed: z.string(),
    rental: RentalRecord.nullable(),
  }),
  z.object({ status: z.literal("none") }),
]);

/** Takes on the prompt of an intent; once, whoever asks, but for a repeat with the same token. */
export const claimPrompt = (
  db: Database,
  { nowMs, ...input }: { paymentId: Id<"pay">; token: string; nowMs: number },
): Promise<z.infer<typeof PromptClaim>> =>
  callFunction(db, "prompt_claim", { ...input, now: isoTime(nowMs) }, PromptClaim);

/** Intents whose prompt should have left by now. */
export const listDuePrompts = async (db: Database, nowMs: number, limit: number): Promise<Id<"pay">[]> => {
  const Listed = z.object({ paymentIds: z.array(z.string().transform((text) => text as Id<"pay">)) });
  return (await callFunction(db, "prompts_due", { now: isoTime(nowMs), limit }, Listed)).paymentIds;
};

const Submitted = z.object({ payment: PaymentRecord, rental: RentalRecord.nullable() });
export type Submitted = z.infer<typeof Submitted>;

export const recordCheckout = (
  db: Database,
  input: { paymentId: Id<"pay">; checkout: CheckoutResult; messageId: Id<"msg">; nowMs: number; requestId: string },
): Promise<Submitted> =>
  callFunction(
    db,
    "payment_submitted",
    {
      paymentId: input.paymentId,
      result: input.checkout.status,
      providerReference: input.checkout.status === "accepted" ? input.checkout.providerReference : null,
      reason: input.checkout.status === "accepted" ? null : input.checkout.reason,
      messageId: input.messageId,
      requestId: input.requestId,
      now: isoTime(input.nowMs),
    },
    Submitted,
  );

const Settled = z.object({
  outcome: z.enum(["credited", "failed", "suspense", "ignored", "duplicate", "stored"]),
  alert: z.string().nullish(),
  error: z.string().nullish(),
  dispense: z.boolean().default(false),
  payment: PaymentRecord.nullish(),
  rental: RentalRecord.nullish(),
});
export type Settled = z.infer<typeof Settled>;

export interface SettleInput {
  provider: string;
  bodyHash: string;
  bodySealed: string;
  signature: string;
  /** Null: the body was not one by the documented shape; it is stored all the same. */
  callback: ProviderCallback | null;
  receivedAtMs: number;
  messageId: Id<"msg">;
  nowMs: number;
  requestId: string;
}

export const settlePayment = (
  db: Database,
  { callback, nowMs, receivedAtMs, ...input }: SettleInput,
): Promise<Settled> =>
  callFunction(
    db,
    "payment_settle",
    {
      ...input,
      externalId: callback?.externalId ?? null,
      providerReference: callback?.providerReference ?? null,
      operatorReference: callback?.operatorReference ?? null,
      result: callback?.status ?? "other",
      amountTzs: callback?.amountTzs ?? null,
      receivedAt: isoTime(receivedAtMs),
      now: isoTime(nowMs),
    },
    Settled,
  );

const Expired = z.object({ count: z.int() });

export const expirePayments = async (db: Database, nowMs: number, limit: number): Promise<number> =>
  (await callFunction(db, "payment_expire", { now: isoTime(nowMs), limit }, Expired)).count;

const Watched = z.object({
  id: z.string().transform((text) => text as Id<"pay">),
  externalId: z.string(),
  providerReference: z.string(),
  provider: z.enum(payProviders),
  amountTzs: z.int(),
});
export type Watched = z.infer<typeof Watched>;
const WatchList = z.object({ probe: z.array(Watched), proven: z.array(Watched) });

/** Payments that are due to be asked about, and those that a new statement answers. Claims the first. */
export const watchPayments = (
  db: Database,
  input: { isProbed: boolean; nowMs: number; limit: number },
): Promise<z.infer<typeof WatchList>> =>
  callFunction(
    db,
    "payments_watch",
    { isProbed: input.isProbed, limit: input.limit, now: isoTime(input.nowMs) },
    WatchList,
  );

export const pruneCallbacks = async (db: Database, nowMs: number, limit: number): Promise<number> =>
  (await callFunction(db, "callbacks_prune", { now: isoTime(nowMs), limit }, Expired)).count;

const record = sql`payment_json(${payments})`.mapWith((value: unknown) => PaymentRecord.parse(value));

/** Null when there is none, or it is somebody else's. */
export const findPayment = async (
  db: Database,
  paymentId: Id<"pay">,
  userId: Id<"usr">,
): Promise<PaymentRecord | null> => {
  const [row] = await runStatement(() =>
    db
      .select({ record })
      .from(payments)
      .where(and(eq(payments.id, paymentId), eq(payments.userId, userId))),
  );
  return row?.record ?? null;
};

/** Newest first, below `beforeId`: all, or one person's. */
export const listPayments = async (
  db: Database,
  userId: string | null,
  beforeId: string | null,
  limit: number,
): Promise<PaymentRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ record })
      .from(payments)
      .where(
        and(
          userId === null ? undefined : eq(payments.userId, userId),
          beforeId === null ? undefined : lt(payments.id, beforeId),
        ),
      )
      .orderBy(desc(payments.id))
      .limit(limit),
  );
  return rows.map((row) => row.record);
};
