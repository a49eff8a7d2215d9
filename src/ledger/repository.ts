import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { accounts, journalEntries, postings } from "../db/schema/ledger.ts";
import { rentals } from "../db/schema/rentals.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";

export interface Wallet {
  walletTzs: number;
  debtTzs: number;
  /** Deposits and paid extensions of open rentals. */
  heldTzs: number;
}

/** One query: the renter's two accounts and the holds of his open rentals. */
export const findWallet = async (db: Database, userId: Id<"usr">): Promise<Wallet> => {
  const open = db
    .select({ code: sql<string>`'user_hold:' || ${rentals.id}` })
    .from(rentals)
    .where(and(eq(rentals.userId, userId), inArray(rentals.status, ["awaiting_payment", "dispensing", "active"])));
  const rows = await runStatement(() =>
    db
      .select({ kind: accounts.kind, balanceTzs: accounts.balanceTzs })
      .from(accounts)
      // An array, not a join: the planner then looks the few codes up by their index.
      .where(
        sql`${accounts.code} = any(array(${open}) || array[${`user_wallet:${userId}`}, ${`user_debt:${userId}`}]::text[])`,
      ),
  );
  const sum = (kind: string) =>
    rows.filter((row) => row.kind === kind).reduce((total, row) => total + (row.balanceTzs ?? 0), 0);
  return { walletTzs: sum("user_wallet"), debtTzs: sum("user_debt"), heldTzs: sum("user_hold") };
};

const Forgiven = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["forgiven", "replayed"]), amountTzs: z.int(), debtTzs: z.int() }),
  z.object({ status: z.literal("payment_amount_invalid"), debtTzs: z.int() }),
  z.object({ status: z.enum(["idempotency_mismatch", "user_unknown", "four_eyes_required", "forbidden"]) }),
]);

export interface ForgiveInput {
  adjustmentId: Id<"adj">;
  userId: Id<"usr">;
  /** Null: all of it. */
  amountTzs: number | null;
  reason: string;
  staffId: Id<"usr">;
  key: { route: string; key: string; bodyHash: string };
  messageId: Id<"msg">;
  nowMs: number;
  requestId: string;
}

export const forgiveStoredDebt = (db: Database, { nowMs, ...input }: ForgiveInput): Promise<z.infer<typeof Forgiven>> =>
  callFunction(db, "debt_forgive", { ...input, now: isoTime(nowMs) }, Forgiven);

const Moved = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["moved", "replayed"]), amountTzs: z.int(), walletTzs: z.int() }),
  z.object({ status: z.literal("user_state"), state: z.string() }),
  z.object({
    status: z.enum([
      "closed_account_unknown",
      "idempotency_mismatch",
      "user_unknown",
      "four_eyes_required",
      "forbidden",
    ]),
  }),
]);

export interface MoveInput {
  adjustmentId: Id<"adj">;
  userId: Id<"usr">;
  closedUserId: Id<"usr">;
  reason: string;
  staffId: Id<"usr">;
  key: { route: string; key: string; bodyHash: string };
  messageId: Id<"msg">;
  nowMs: number;
  requestId: string;
}

export const moveStoredWallet = (db: Database, { nowMs, ...input }: MoveInput): Promise<z.infer<typeof Moved>> =>
  callFunction(db, "closed_wallet_move", { ...input, now: isoTime(nowMs) }, Moved);

export interface WalletEntry {
  entryId: number;
  kind: string;
  reference: string;
  /** Into the wallet positive, out of it negative. */
  amountTzs: number;
  occurredAt: string;
}

/** A page of the wallet's movements, newest first, below `beforeEntryId`. */
export const listWalletEntries = (
  db: Database,
  userId: Id<"usr">,
  beforeEntryId: number | null,
  limit: number,
): Promise<WalletEntry[]> =>
  runStatement(() =>
    db
      .select({
        entryId: journalEntries.id,
        kind: journalEntries.kind,
        reference: journalEntries.reference,
        amountTzs: sql<number>`-${postings.amountTzs}`.mapWith(Number),
        occurredAt: journalEntries.occurredAt,
      })
      .from(accounts)
      .innerJoin(postings, eq(postings.accountId, accounts.id))
      .innerJoin(journalEntries, eq(journalEntries.id, postings.entryId))
      .where(
        and(
          eq(accounts.code, `user_wallet:${userId}`),
          beforeEntryId === null ? undefined : lt(postings.entryId, beforeEntryId),
        ),
      )
      .orderBy(desc(postings.entryId))
      .limit(limit),
  );
