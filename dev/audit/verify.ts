// Verifies the audit log of one database against its chain, and the chain against its signed heads, in one snapshot.
import type { Client } from "pg";
import { z } from "zod";
import type { HeadKeys } from "../../src/audit/head-keys.ts";
import { type AuditBreak, findUnsealed, type ShardEnd, walkChain } from "./chain.ts";
import { localDay, nextDay } from "./text.ts";

export const Head = z.object({
  day: z.iso.date(),
  shard: z.int(),
  position: z.int(),
  hash: z.string(),
  keyId: z.string(),
  signature: z.string(),
  signedAtMs: z.int(),
});
export type Head = z.infer<typeof Head>;

export interface AuditReport {
  /** Rows whose link was computed again. */
  sealedRows: number;
  /** Rows that wait for the next minute. */
  waitingRows: number;
  ends: ShardEnd[];
  /** Heads whose signature is good and whose hash is the chain's. */
  heads: Head[];
  /** Those of the log first, in its order. */
  breaks: AuditBreak[];
}

export interface VerifyOptions {
  /** Null: signatures are not looked at. */
  keys: HeadKeys | null;
  nowMs: number;
  /** Heads that somebody kept outside the database. */
  kept?: readonly Head[];
}

/** A head is signed five minutes after midnight; before one o'clock nobody complains. */
const GRACE_MS = 3_600_000;

export const verifyAudit = async (client: Client, { keys, nowMs, kept = [] }: VerifyOptions): Promise<AuditReport> => {
  await client.query("begin isolation level repeatable read read only");
  try {
    const heads = await readHeads(client);
    const chain = await walkChain(client, [...heads, ...kept]);
    const unsealed = await findUnsealed(client, nowMs);
    const verified: Head[] = [];
    const breaks = [...chain.breaks, ...unsealed.breaks];
    for (const head of heads) {
      const kind = await judgeHead(head, chain.hashOf(head.shard, head.position), keys);
      if (kind) breaks.push({ kind, where: `head of ${head.day}, shard ${head.shard}` });
      else verified.push(head);
    }
    breaks.push(...missingHeads(chain.ends, heads, localDay(nowMs - GRACE_MS)), ...missingKept(kept, chain.hashOf));
    return { sealedRows: chain.count, waitingRows: unsealed.waiting, ends: chain.ends, heads: verified, breaks };
  } finally {
    await client.query("rollback");
  }
};

const readHeads = async (client: Client): Promise<Head[]> => {
  const { rows } = await client.query(
    `select day::text, shard, position::float8 as position, encode(hash, 'hex') as hash, key_id as "keyId", signature,
       (extract(epoch from signed_at) * 1000)::float8 as "signedAtMs"
     from audit_heads order by day, shard`,
  );
  return rows.map((row) => Head.parse(row));
};

const judgeHead = async (
  head: Head,
  hash: string | undefined,
  keys: HeadKeys | null,
): Promise<AuditBreak["kind"] | null> => {
  if (keys) {
    const verdict = await keys.verify(head, head.signedAtMs, head.keyId, head.signature);
    if (verdict !== "good") return verdict === "bad" ? "signature_bad" : "key_unknown";
  }
  return hash === head.hash ? null : "head_foreign";
};

/** Each shard has a head for each day from its first link on. */
const missingHeads = (ends: readonly ShardEnd[], heads: readonly Head[], today: string): AuditBreak[] => {
  const known = new Set(heads.map(({ day, shard }) => `${day} ${shard}`));
  const breaks: AuditBreak[] = [];
  for (const { shard, firstDay } of ends) {
    for (let day = firstDay; day < today; day = nextDay(day)) {
      if (!known.has(`${day} ${shard}`)) breaks.push({ kind: "head_missing", where: `head of ${day}, shard ${shard}` });
    }
  }
  return breaks.toSorted((a, b) => (a.where < b.where ? -1 : 1));
};

/** Whoever rewrote chain and heads together cannot rewrite what was printed before. */
const missingKept = (
  kept: readonly Head[],
  hashOf: (shard: number, position: number) => string | undefined,
): AuditBreak[] =>
  kept
    .filter(({ shard, position, hash }) => hashOf(shard, position) !== hash)
    .map(({ day, shard }) => ({ kind: "kept_head_missing", where: `kept head of ${day}, shard ${shard}` }));
