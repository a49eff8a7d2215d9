// The audit log's seal. Rows are written by the functions that do the work; links and heads come after, by the minute's
// round, so that nobody ever waits for a chain.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { HeadKeys } from "./head-keys.ts";
import { type AuditFilter, type AuditRow, type Database, extendChain, listRows, storeHeads } from "./repository.ts";

/** What of Dependencies it needs; a command on another runtime has no more. */
export interface SealingParts {
  db: Database;
  clock: Clock;
  auditKeys: HeadKeys;
  log: Log;
}

export { needsWindow } from "./repository.ts";

const BATCH = 5_000;
/** What one round seals at most: more is the next minute's. */
const BATCHES = 20;

/** Seals what is committed and signs the heads that are due; answers how many of each. */
export const sealAudit = async (
  { db, clock, auditKeys, log }: SealingParts,
  batch = BATCH,
): Promise<{ count: number; heads: number }> => {
  let count = 0;
  for (let i = 0; i < BATCHES; i++) {
    const { status, count: sealed, due } = await extendChain(db, clock.now(), batch);
    count += sealed;
    if (status === "waiting") log.write("warn", "audit_waiting", {});
    if (sealed < batch) {
      const signedAtMs = clock.now();
      const heads = await Promise.all(
        due.map(async (head) => ({ ...head, ...(await auditKeys.sign(head, signedAtMs)) })),
      );
      return { count, heads: heads.length > 0 ? await storeHeads(db, heads, signedAtMs) : 0 };
    }
  }
  return { count, heads: 0 };
};

/** Newest first: of everything, or of what the filter leaves. */
export const listAudit = async (
  { db }: { db: Database },
  { cursor, limit, ...filter }: AuditFilter & { cursor: string | null; limit: number },
): Promise<{ items: AuditRow[]; nextCursor: string | null }> => {
  const page = { beforeId: cursor === null ? null : Number(cursor), limit: limit + 1 };
  const rows = await listRows(db, filter, page);
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? String(items.at(-1)?.id) : null };
};
