// The SQL of what staff decide.
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { suspenseItems } from "../db/schema/payments.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { payProviders, type WalletProvider } from "../providers/ports.ts";
import { SuspenseRecord } from "./record.ts";
import { idOf, InFlight, Send, State, withdrawal } from "./repository.ts";

const Decided = z.discriminatedUnion("status", [
  Send,
  State,
  z.object({ status: z.literal("decided"), withdrawal }),
  z.object({ status: z.enum(["four_eyes_required", "withdrawal_unknown", "forbidden"]) }),
]);

interface StaffInput {
  withdrawalId: Id<"wdr">;
  staffId: Id<"usr">;
  reason: string;
  messageId: Id<"msg">;
  nowMs: number;
  requestId: string;
}

export const decideWithdrawal = (
  db: Database,
  { nowMs, ...input }: StaffInput & { decision: "approve" | "reject"; sendToken: string },
): Promise<z.infer<typeof Decided>> =>
  callFunction(db, "withdrawal_decide", { ...input, now: isoTime(nowMs) }, Decided);

const Closed = z.discriminatedUnion("status", [
  State,
  z.object({ status: z.enum(["voted", "closed"]), withdrawal }),
  z.object({ status: z.literal("too_early"), notBeforeMs: z.int() }),
  z.object({ status: z.enum(["four_eyes_required", "withdrawal_unknown", "forbidden"]) }),
]);

export const closeWithdrawal = (
  db: Database,
  { nowMs, ...input }: StaffInput & { outcome: "paid" | "returned" },
): Promise<z.infer<typeof Closed>> => callFunction(db, "withdrawal_close", { ...input, now: isoTime(nowMs) }, Closed);

const SuspenseItem = z.object({
  id: z.int(),
  amountTzs: z.int(),
  reason: z.string(),
  state: z.enum(["open", "refunding", "resolved"]),
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
