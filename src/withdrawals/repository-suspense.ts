// The SQL of money that belongs to nothing yet.
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { suspenseItems } from "../db/schema/payments.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { payProviders, type WalletProvider } from "../providers/ports.ts";
import { SuspenseRecord } from "./record.ts";
import { idOf, InFlight, Send, withdrawal } from "./repository.ts";

const SuspenseItem = z.object({
  id: z.int(),
  amountTzs: z.int(),
  reason: z.string(),
  /** Open, or dismissed: it may be there after all. */
  isRefundable: z.boolean(),
  providerReference: z.string(),
});
const SuspenseRead = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("found"),
    item: SuspenseItem,
    payment: z
      .object({
        id: idOf("pay"),
        userId: idOf("usr"),
        provider: z.enum(payProviders),
        msisdnSealed: z.string(),
        amountTzs: z.int(),
      })
      .nullable(),
    provedBy: z.literal("statement").nullable(),
  }),
  z.object({ status: z.literal("suspense_unknown") }),
]);

export const readSuspenseItem = (db: Database, suspenseId: number): Promise<z.infer<typeof SuspenseRead>> =>
  callFunction(db, "suspense_item_read", { suspenseId }, SuspenseRead);

const Refunded = z.discriminatedUnion("status", [
  Send,
  InFlight,
  z.object({ status: z.literal("awaiting_approval"), withdrawal }),
  z.object({
    status: z.enum([
      "credited",
      "suspense_unproven",
      "suspense_resolved",
      "four_eyes_required",
      "suspense_unknown",
      "forbidden",
    ]),
  }),
]);

export interface RefundInput {
  suspenseId: number;
  to: "phone" | "wallet";
  /** A status query of ours has just confirmed the transaction. */
  isProbed: boolean;
  staffId: Id<"usr">;
  reason: string;
  limits: { approvalAboveTzs: number };
  /** For `phone`. */
  payout: {
    withdrawalId: Id<"wdr">;
    provider: WalletProvider;
    msisdnSealed: string;
    recipientSealed: string;
    externalId: string;
    sendToken: string;
  } | null;
  messageId: Id<"msg">;
  nowMs: number;
  requestId: string;
}

export const refundSuspense = (
  db: Database,
  { nowMs, payout, ...input }: RefundInput,
): Promise<z.infer<typeof Refunded>> =>
  callFunction(db, "suspense_refund", { ...input, ...payout, now: isoTime(nowMs) }, Refunded);

const Dismissed = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["asked", "dismissed"]), item: SuspenseRecord }),
  z.object({
    status: z.enum(["suspense_confirmed", "suspense_resolved", "four_eyes_required", "suspense_unknown", "forbidden"]),
  }),
]);

export interface DismissInput {
  suspenseId: number;
  staffId: Id<"usr">;
  reason: string;
  nowMs: number;
  requestId: string;
}

export const dismissSuspense = (db: Database, { nowMs, ...input }: DismissInput): Promise<z.infer<typeof Dismissed>> =>
  callFunction(db, "suspense_dismiss", { ...input, now: isoTime(nowMs) }, Dismissed);

const suspenseItem = sql`suspense_item_json(${suspenseItems})`.mapWith((value: unknown) => SuspenseRecord.parse(value));

/** A page of one state, newest first, below `beforeId`. */
export const listSuspense = async (
  db: Database,
  state: SuspenseRecord["state"],
  beforeId: number | null,
  limit: number,
): Promise<SuspenseRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ suspenseItem })
      .from(suspenseItems)
      .where(and(eq(suspenseItems.state, state), beforeId === null ? undefined : lt(suspenseItems.id, beforeId)))
      .orderBy(desc(suspenseItems.id))
      .limit(limit),
  );
  return rows.map((row) => row.suspenseItem);
};
