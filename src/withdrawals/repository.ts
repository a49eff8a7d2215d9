// The SQL of withdrawals. Each change is one function of the database, one round trip; see drizzle/functions for what it locks.
import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { openWithdrawalStates, withdrawals } from "../db/schema/withdrawals.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import type { WalletProvider } from "../providers/ports.ts";
import { RentalRecord } from "../rentals/record.ts";
import { WithdrawalRecord } from "./record.ts";

export interface KeyUse {
  route: string;
  key: string;
  /** SHA-256 of the body, hex. */
  bodyHash: string;
}

export const withdrawal = WithdrawalRecord;
export const idOf = <P extends "usr" | "wdr" | "pay">(_prefix: P) => z.string().transform((text) => text as Id<P>);

const Quoted = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("quoted"),
    userState: z.string(),
    walletTzs: z.int(),
    debtTzs: z.int(),
    rentals: z.array(z.object({ rental: RentalRecord, holdTzs: z.int() })),
    usedTzs: z.int(),
    usedCount: z.int(),
    openId: idOf("wdr").nullable(),
  }),
  z.object({ status: z.literal("unauthenticated") }),
]);
export type Quoted = z.infer<typeof Quoted>;

/** What bears on a renter's next withdrawal; one read. */
export const quoteWithdrawal = (db: Database, userId: Id<"usr">, nowMs: number): Promise<Quoted> =>
  callFunction(db, "withdrawal_quote", { userId, now: isoTime(nowMs) }, Quoted);

/** A withdrawal that the caller has claimed for one send. */
export const Send = z.object({ status: z.literal("send"), withdrawal, externalId: z.string(), sendToken: z.string() });
export type Send = z.infer<typeof Send>;
export const InFlight = z.object({ status: z.literal("withdrawal_in_flight"), withdrawalId: z.string() });
export const State = z.object({ status: z.literal("withdrawal_state"), withdrawal });

const Opened = z.discriminatedUnion("status", [
  Send,
  z.object({ status: z.enum(["awaiting_approval", "replayed"]), withdrawal }),
  z.object({ status: z.literal("price"), rentals: z.array(RentalRecord) }),
  z.object({ status: z.literal("withdrawal_exceeds_balance"), withdrawableTzs: z.int() }),
  z.object({ status: z.literal("withdrawal_limit"), remainingTzs: z.int(), remainingCount: z.int() }),
  InFlight,
  z.object({
    status: z.enum([
      "idempotency_mismatch",
      "unauthenticated",
      "account_closed",
      "forbidden",
      "withdrawal_stopped",
      "preview_invalid",
    ]),
  }),
]);
export type Opened = z.infer<typeof Opened>;

export interface OpenInput {
  withdrawalId: Id<"wdr">;
  userId: Id<"usr">;
  amountTzs: number;
  feeTzs: number;
  provider: WalletProvider;
  msisdnSealed: string;
  recipientSealed: string;
  externalId: string;
  sendToken: string;
  /** Of every active rental, as priced now. */
  prices: { id: string; version: number; liveTzs: number }[];
  limits: { dailyTzs: number; dailyCount: number; approvalAboveTzs: number };
  isExpired: boolean;
  key: KeyUse;
  nowMs: number;
  requestId: string;
}

export const openWithdrawal = (db: Database, { nowMs, ...input }: OpenInput): Promise<Opened> =>
  callFunction(db, "withdrawal_open", { ...input, now: isoTime(nowMs) }, Opened);

const record = sql`withdrawal_json(${withdrawals})`.mapWith((value: unknown) => WithdrawalRecord.parse(value));

/** Null when there is none, or it is somebody else's. */
export const findWithdrawal = async (
  db: Database,
  withdrawalId: Id<"wdr">,
  userId: Id<"usr">,
): Promise<WithdrawalRecord | null> => {
  const [row] = await runStatement(() =>
    db
      .select({ record })
      .from(withdrawals)
      .where(and(eq(withdrawals.id, withdrawalId), eq(withdrawals.userId, userId))),
  );
  return row?.record ?? null;
};

export type WithdrawalFilter = { userId: Id<"usr"> } | { isOpen: true };

/** A page, newest first, below `beforeId`: one renter's, or everybody's that are on their way. */
export const listWithdrawals = async (
  db: Database,
  filter: WithdrawalFilter,
  beforeId: string | null,
  limit: number,
): Promise<WithdrawalRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ record })
      .from(withdrawals)
      .where(
        and(
          "userId" in filter ? eq(withdrawals.userId, filter.userId) : inArray(withdrawals.state, openWithdrawalStates),
          beforeId === null ? undefined : lt(withdrawals.id, beforeId),
        ),
      )
      .orderBy(desc(withdrawals.id))
      .limit(limit),
  );
  return rows.map((row) => row.record);
};
