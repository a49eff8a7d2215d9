import { and, desc, eq, lt } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { auditLog } from "../db/schema/audit.ts";
import { isoTime } from "../lib/clock.ts";
import type { AuditHead } from "./head-keys.ts";

export type { Database } from "../db/client.ts";

const Extended = z.object({
  status: z.enum(["sealed", "waiting", "busy"]),
  count: z.int(),
  /** Heads to be signed; empty while anything is left to seal. */
  due: z.array(z.object({ day: z.iso.date(), shard: z.int(), position: z.int(), hash: z.string().length(64) })),
});
export type Extended = z.infer<typeof Extended>;

/** Safe to repeat: each row has one link. */
export const extendChain = (db: Database, nowMs: number, limit: number): Promise<Extended> =>
  callFunction(db, "audit_chain_extend", { now: isoTime(nowMs), limit }, Extended);

export interface SignedHead extends AuditHead {
  keyId: string;
  signature: string;
}

/** Answers how many were new. */
export const storeHeads = async (db: Database, heads: SignedHead[], signedAtMs: number): Promise<number> =>
  (await callFunction(db, "audit_heads_store", { now: isoTime(signedAtMs), heads }, z.object({ count: z.int() })))
    .count;

export interface AuditRow {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  detail: unknown;
  requestId: string | null;
}

/** Newest first, below `beforeId`. */
export const listRows = (
  db: Database,
  { subject, beforeId, limit }: { subject: string | null; beforeId: number | null; limit: number },
): Promise<AuditRow[]> =>
  runStatement(() =>
    db
      .select()
      .from(auditLog)
      .where(
        and(
          subject === null ? undefined : eq(auditLog.subject, subject),
          beforeId === null ? undefined : lt(auditLog.id, beforeId),
        ),
      )
      .orderBy(desc(auditLog.id))
      .limit(limit),
  );
