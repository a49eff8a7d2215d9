import { and, desc, eq, gt, isNull, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, runStatement, type Database } from "../db/client.ts";
import { sessions, users } from "../db/schema/users.ts";
import { isoTime } from "../lib/clock.ts";
import { locales, type Locale } from "../lib/i18n.ts";
import type { Id } from "../lib/ids.ts";
import type { RefreshClaim } from "./refresh-tokens.ts";

const userId = z.string().transform((text) => text as Id<"usr">);
const state = z.enum(["pending", "active", "suspended", "closed"]);
const role = z.enum(["renter", "agent", "support", "finance", "admin"]);
const locale = z.enum(locales);

/** Whom a code goes to. */
export type Recipient = { state: z.infer<typeof state>; locale: Locale };

const Registered = z.object({ status: z.literal("registered"), userId, locale, state });

/** One round trip, one row, whether the number is known or not. */
export const registerUser = (
  db: Database,
  input: { userId: Id<"usr">; phoneHash: string; phoneSealed: string; name: string; locale: Locale; nowMs: number },
): Promise<Recipient> => {
  const { nowMs, ...user } = input;
  return callFunction(db, "user_register", { ...user, now: isoTime(nowMs) }, Registered);
};

/** One round trip; null when nobody has the number. */
export const findRecipient = async (db: Database, phoneHash: string): Promise<Recipient | null> => {
  const rows = await runStatement(() =>
    db.select({ state: users.state, locale: users.locale }).from(users).where(eq(users.phoneHash, phoneHash)),
  );
  return rows[0] ?? null;
};

const Verified = z.discriminatedUnion("status", [
  z.object({ status: z.literal("signed_in"), userId, name: z.string(), locale, role, state }),
  z.object({ status: z.enum(["unknown", "account_closed"]) }),
]);

/** Opens the session at generation 1; one round trip, two rows at most. */
export const openSession = (
  db: Database,
  input: { phoneHash: string; sessionId: Id<"ses">; device: string | null; nowMs: number; expiresAtMs: number },
) => {
  const { phoneHash, sessionId, device, nowMs, expiresAtMs } = input;
  const row = { phoneHash, sessionId, device, now: isoTime(nowMs), expiresAt: isoTime(expiresAtMs) };
  return callFunction(db, "user_verify", row, Verified);
};

const Refreshed = z.discriminatedUnion("status", [
  z.object({ status: z.literal("refreshed"), generation: z.int(), userId, role }),
  z.object({ status: z.literal("reused"), userId }),
  z.object({ status: z.enum(["refresh_invalid", "account_closed"]) }),
]);

/** One round trip; one row, or none when the successor is given again. */
export const rotateSession = (
  db: Database,
  input: RefreshClaim & { nowMs: number; expiresAtMs: number; graceSeconds: number },
) => {
  const { nowMs, expiresAtMs, ...claim } = input;
  return callFunction(
    db,
    "session_refresh",
    { ...claim, now: isoTime(nowMs), expiresAt: isoTime(expiresAtMs) },
    Refreshed,
  );
};

const Revoked = z.object({ status: z.enum(["revoked", "session_unknown"]) });

/** Ends one session of the user or every one; one round trip. */
export const revokeSessions = async (
  db: Database,
  input: { userId: Id<"usr">; sessionId: Id<"ses">; isEvery: boolean; nowMs: number },
): Promise<z.infer<typeof Revoked>["status"]> => {
  const { nowMs, ...which } = input;
  return (await callFunction(db, "session_revoke", { ...which, now: isoTime(nowMs) }, Revoked)).status;
};

export interface SessionRow {
  id: Id<"ses">;
  device: string | null;
  createdAt: Date;
  rotatedAt: Date;
  expiresAt: Date;
}

/** A page of the live sessions, newest first, below `before`. */
export const listSessions = (
  db: Database,
  {
    userId: owner,
    before,
    limit,
    nowMs,
  }: { userId: Id<"usr">; before: Id<"ses"> | null; limit: number; nowMs: number },
): Promise<SessionRow[]> =>
  runStatement(() =>
    db
      .select({
        id: sql<Id<"ses">>`${sessions.id}`,
        device: sessions.device,
        createdAt: sessions.createdAt,
        rotatedAt: sessions.rotatedAt,
        expiresAt: sessions.expiresAt,
      })
      .from(sessions)
      .where(
        and(
          eq(sessions.userId, owner),
          isNull(sessions.revokedAt),
          gt(sessions.expiresAt, new Date(nowMs)),
          before === null ? undefined : lt(sessions.id, before),
        ),
      )
      .orderBy(desc(sessions.id))
      .limit(limit),
  );
