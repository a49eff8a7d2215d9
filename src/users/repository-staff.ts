// The SQL of people, for staff.
import { and, desc, eq, lt, ne, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { users } from "../db/schema/users.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { UserRecord } from "./repository.ts";

const PersonRecord = UserRecord.extend({ id: z.string().transform((text) => text as Id<"usr">) });
export type PersonRecord = z.infer<typeof PersonRecord>;

const person = sql`user_json(${users}) || jsonb_build_object('id', ${users.id})`.mapWith((value: unknown) =>
  PersonRecord.parse(value),
);

const ClosedAccount = z.object({
  id: z.string().transform((text) => text as Id<"usr">),
  closedAtMs: z.int(),
  walletTzs: z.int(),
});

export interface PersonReading {
  person: PersonRecord;
  walletTzs: number;
  debtTzs: number;
  /** Accounts that were closed under the number of this one, newest first. */
  closedAccounts: z.infer<typeof ClosedAccount>[];
}

/** Columns are named in full: within the sub-query a bare `id` is the account's. */
const balance = (prefix: string) =>
  sql<number>`coalesce((select a.balance_tzs from accounts a where a.code = ${prefix}::text || users.id), 0)`.mapWith(
    Number,
  );

const closedAccounts =
  sql`(select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'closedAtMs', (extract(epoch from c.closed_at) * 1000)::bigint,
    'walletTzs', coalesce(w.balance_tzs, 0)) order by c.closed_at desc), '[]')
  from users c left join accounts w on w.code = 'user_wallet:' || c.id where c.closed_phone_hash = users.phone_hash)`.mapWith(
    (value: unknown) => z.array(ClosedAccount).parse(value),
  );

export const findPerson = async (
  db: Database,
  which: { userId: string } | { phoneHash: string },
): Promise<PersonReading | null> => {
  const [row] = await runStatement(() =>
    db
      .select({ person, walletTzs: balance("user_wallet:"), debtTzs: balance("user_debt:"), closedAccounts })
      .from(users)
      .where("userId" in which ? eq(users.id, which.userId) : eq(users.phoneHash, which.phoneHash)),
  );
  return row ?? null;
};

/** Newest first, below `beforeId`: everybody, or staff alone. */
export const listPeople = async (
  db: Database,
  { isStaff, beforeId, limit }: { isStaff: boolean; beforeId: string | null; limit: number },
): Promise<PersonRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ person })
      .from(users)
      .where(
        and(
          isStaff ? ne(users.role, sql`'renter'`) : undefined,
          beforeId === null ? undefined : lt(users.id, beforeId),
        ),
      )
      .orderBy(desc(users.id))
      .limit(limit),
  );
  return rows.map((row) => row.person);
};

const Changed = z.discriminatedUnion("status", [
  z.object({ status: z.literal("changed") }),
  z.object({ status: z.literal("user_state"), state: z.string() }),
  z.object({ status: z.enum(["user_unknown", "own_account", "forbidden"]) }),
]);

export const changePerson = (
  db: Database,
  {
    nowMs,
    ...input
  }: {
    userId: string;
    change: "state" | "role";
    value: string;
    reason: string;
    staffId: Id<"usr">;
    nowMs: number;
    requestId: string;
  },
): Promise<z.infer<typeof Changed>> => callFunction(db, "user_change", { ...input, now: isoTime(nowMs) }, Changed);
