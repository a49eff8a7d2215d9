import { and, desc, eq, gte, like, lt, sql } from "drizzle-orm";
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

export interface AuditFilter {
  subject?: string | undefined;
  /** One actor, `staff:usr_…`; or all of a kind, `staff`. */
  actor?: string | undefined;
  action?: string | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
}

const STAFF = /^staff(:|$)/;
/** Without an index of its own such a list is as long as the time it is asked of. */
export const needsWindow = ({ subject, actor, action, fromMs, toMs }: AuditFilter): boolean =>
  subject === undefined &&
  !STAFF.test(actor ?? "") &&
  [actor, action, fromMs, toMs].some((value) => value !== undefined);

/** Newest first, below `beforeId`. */
export const listRows = (
  db: Database,
  filter: AuditFilter,
  { beforeId, limit }: { beforeId: number | null; limit: number },
): Promise<AuditRow[]> => {
  const { subject, actor, action, fromMs, toMs } = filter;
  // Rows of a window are found by its time alone: from the newest id downwards, a window of last year would read this year.
  const id = needsWindow(filter) ? sql<number>`(${auditLog.id} + 0)` : auditLog.id;
  const isStaff = STAFF.test(actor ?? "");
  return runStatement(() =>
    db
      .select()
      .from(auditLog)
      .where(
        and(
          subject === undefined ? undefined : eq(auditLog.subject, subject),
          // In so many words: it is what the indexes of staff's rows are made for.
          isStaff ? sql`${auditLog.actor} like 'staff:%'` : undefined,
          actor === undefined || actor === "staff"
            ? undefined
            : actor.includes(":")
              ? eq(auditLog.actor, actor)
              : like(auditLog.actor, `${actor}:%`),
          action === undefined ? undefined : eq(auditLog.action, action),
          fromMs === undefined ? undefined : gte(auditLog.at, isoTime(fromMs)),
          toMs === undefined ? undefined : lt(auditLog.at, isoTime(toMs)),
          beforeId === null ? undefined : sql`${id} < ${beforeId}`,
        ),
      )
      .orderBy(desc(id))
      .limit(limit),
  );
};
