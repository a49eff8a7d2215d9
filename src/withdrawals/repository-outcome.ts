// How a send and its end get into the database: claims, answers, what the provider says, what is left to do.
import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import type { DisburseResult, Outcome, PayoutCallback } from "../providers/ports.ts";
import { idOf, Send, State, withdrawal } from "./repository.ts";

const Claimed = z.discriminatedUnion("status", [
  Send,
  State,
  z.object({ status: z.enum(["withdrawal_unknown", "forbidden"]) }),
]);

export const claimWithdrawal = (
  db: Database,
  {
    nowMs,
    ...input
  }: {
    withdrawalId: Id<"wdr">;
    sendToken: string;
    staffId?: Id<"usr">;
    reason?: string;
    nowMs: number;
    requestId: string;
  },
): Promise<z.infer<typeof Claimed>> => callFunction(db, "withdrawal_claim", { ...input, now: isoTime(nowMs) }, Claimed);

const Sent = z.object({ withdrawal, alert: z.string().nullish() });

export const recordSend = (
  db: Database,
  {
    result,
    nowMs,
    ...input
  }: {
    withdrawalId: Id<"wdr">;
    sendToken: string;
    result: DisburseResult;
    messageId: Id<"msg">;
    nowMs: number;
    requestId: string;
  },
): Promise<z.infer<typeof Sent>> =>
  callFunction(
    db,
    "withdrawal_sent",
    {
      ...input,
      result: result.status,
      providerReference: result.status === "accepted" ? result.providerReference : null,
      reason: "reason" in result ? result.reason : null,
      now: isoTime(nowMs),
    },
    Sent,
  );

const Settled = z.object({
  outcome: z.enum(["paid", "returned", "duplicate", "ignored", "conflict", "stored"]),
  alert: z.string().nullish(),
  error: z.string().nullish(),
  withdrawal: withdrawal.nullish(),
});
export type Settled = z.infer<typeof Settled>;

export interface SettleInput {
  bodyHash: string;
  bodySealed: string;
  /** Null: the body was not one by the documented shape; it is stored all the same. */
  callback: PayoutCallback | null;
  receivedAtMs: number;
  messageId: Id<"msg">;
  nowMs: number;
  requestId: string;
}

export const settleWithdrawal = (
  db: Database,
  { callback, nowMs, receivedAtMs, ...input }: SettleInput,
): Promise<Settled> =>
  callFunction(
    db,
    "withdrawal_settle",
    {
      ...input,
      provider: "azampay",
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

export interface Proof {
  withdrawalId: Id<"wdr">;
  source: "query" | "statement";
  result: Extract<Outcome, "succeeded" | "failed">;
  amountTzs: number | null;
  providerReference: string;
  messageId: Id<"msg">;
  nowMs: number;
  requestId: string;
}

export const proveWithdrawal = (db: Database, { nowMs, ...input }: Proof): Promise<Settled> =>
  callFunction(db, "withdrawal_prove", { ...input, now: isoTime(nowMs) }, Settled);

const SweepList = z.object({
  cut: z.int(),
  send: z.array(idOf("wdr")),
  query: z.array(
    z.object({ id: idOf("wdr"), providerReference: z.string().nullable(), provider: withdrawal.shape.provider }),
  ),
  proven: z.array(
    z.object({
      id: idOf("wdr"),
      result: z.enum(["succeeded", "failed"]),
      amountTzs: z.int(),
      providerReference: z.string(),
    }),
  ),
  failedCallbacks: z.array(z.object({ bodyHash: z.string(), bodySealed: z.string(), receivedAtMs: z.int() })),
});
export type SweepList = z.infer<typeof SweepList>;

export const sweepWithdrawals = (db: Database, nowMs: number, limit: number): Promise<SweepList> =>
  callFunction(db, "withdrawals_sweep", { now: isoTime(nowMs), limit }, SweepList);
