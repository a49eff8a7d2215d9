import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, runStatement, type Database } from "../db/client.ts";
import { users } from "../db/schema/users.ts";
import { isoTime } from "../lib/clock.ts";
import { locales } from "../lib/i18n.ts";
import type { Id } from "../lib/ids.ts";

/** The one shape of a person, for queries and functions: `user_json`. */
export const UserRecord = z.object({
  phoneSealed: z.string().nullable(),
  emailSealed: z.string().nullable(),
  name: z.string(),
  locale: z.enum(locales),
  state: z.enum(["pending", "active", "suspended", "closed"]),
  role: z.enum(["renter", "agent", "support", "finance", "admin"]),
  quietFromMinute: z.int().nullable(),
  quietToMinute: z.int().nullable(),
  offersAcceptedAtMs: z.int().nullable(),
  createdAtMs: z.int(),
});
export type UserRecord = z.infer<typeof UserRecord>;

/** One round trip; null when there is no such user. */
export const findUser = async (db: Database, userId: Id<"usr">): Promise<UserRecord | null> => {
  const record = sql`user_json(${users})`.mapWith((value: unknown) => UserRecord.parse(value));
  const [row] = await runStatement(() => db.select({ record }).from(users).where(eq(users.id, userId)));
  return row?.record ?? null;
};

const Updated = z.discriminatedUnion("status", [
  z.object({ status: z.literal("stored"), user: UserRecord }),
  z.object({ status: z.literal("account_closed") }),
]);

/** Of the others, what is not named stays; null takes away. */
export interface UserChanges {
  name: string;
  locale: UserRecord["locale"];
  emailSealed?: string | null;
  quiet?: { from: number; to: number } | null;
  wantsOffers?: boolean;
}

export const updateUser = (
  db: Database,
  { nowMs, ...input }: { userId: Id<"usr">; changes: UserChanges; nowMs: number },
): Promise<z.infer<typeof Updated>> => callFunction(db, "user_update", { ...input, now: isoTime(nowMs) }, Updated);

const Closed = z.discriminatedUnion("status", [
  z.object({ status: z.literal("closed") }),
  z.object({ status: z.literal("wallet_not_empty"), walletTzs: z.int(), mayGiveUp: z.boolean() }),
  z.object({
    status: z.enum([
      "rental_already_open",
      "debt_open",
      "dispute_undecided",
      "account_suspended",
      "withdrawal_in_flight",
      "payment_in_flight",
      "forbidden",
    ]),
  }),
]);

export const closeStored = (
  db: Database,
  { nowMs, ...input }: { userId: Id<"usr">; giveUpTzs: number; leastTzs: number; nowMs: number; requestId: string },
): Promise<z.infer<typeof Closed>> => callFunction(db, "user_close", { ...input, now: isoTime(nowMs) }, Closed);

const Erased = z.object({ status: z.literal("done"), count: z.int() });

/** Answers how many accounts are now without a number. */
export const eraseStored = async (db: Database, nowMs: number, limit: number): Promise<number> =>
  (await callFunction(db, "accounts_erase", { now: isoTime(nowMs), limit }, Erased)).count;
