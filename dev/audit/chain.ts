// Reads the chain and the rows it seals, and computes everything again. Nothing of the database's own functions is used:
// whoever can change a row can change a function too.
import type { Client } from "pg";
import { fromHex, localDay } from "./text.ts";

/** A link with the row it seals; `text` is null when that row is gone. */
export interface Link {
  shard: number;
  position: number;
  auditId: number;
  previousHash: string;
  hash: string;
  /** Seconds since the epoch as Postgres writes them: part of what is sealed. */
  sealedAt: string;
  text: string | null;
}

export interface AuditBreak {
  kind:
    | "row_changed"
    | "row_removed"
    | "row_inserted"
    | "row_unsealed"
    | "link_broken"
    | "head_missing"
    | "head_foreign"
    | "signature_bad"
    | "key_unknown"
    | "kept_head_missing";
  /** The first thing that is wrong, for a reader. */
  where: string;
}

export interface ShardEnd {
  shard: number;
  position: number;
  hash: string;
  auditId: number;
  firstDay: string;
}

const SHARDS = 8;
const PAGE = 5_000;
const GENESIS = "0".repeat(64);

/** The canonical text of a row, as an expression of its own: every column of the audit log. */
export const ROW_TEXT =
  "jsonb_build_array(a.id, extract(epoch from a.at)::text, a.actor, a.action, a.subject, a.detail, a.request_id)::text";

const LINKS = `
  select c.shard, c.position::float8 as position, c.audit_id::float8 as "auditId", encode(c.previous_hash, 'hex') as "previousHash",
    encode(c.hash, 'hex') as hash, extract(epoch from c.sealed_at)::text as "sealedAt",
    case when a.id is null then null else ${ROW_TEXT} end as text
  from audit_chain c left join audit_log a on a.id = c.audit_id
  where c.shard = $1 and c.position > $2 order by c.position limit ${PAGE}`;

const readLinks = async (client: Client, shard: number, after: ShardEnd | null): Promise<Link[]> =>
  (await client.query<Link>(LINKS, [shard, after?.position ?? 0])).rows;

const linkHash = (link: Link): string => {
  const hasher = new Bun.CryptoHasher("sha256");
  hasher.update(fromHex(link.previousHash));
  hasher.update(`${link.shard}:${link.position}:${link.sealedAt}\n${link.text}`);
  return hasher.digest("hex");
};

/** Walks one shard from its first link; `marked` are positions whose hash the caller wants to know. */
export const walkShard = async (
  client: Client,
  shard: number,
  marked: ReadonlySet<number>,
): Promise<{ end: ShardEnd | null; count: number; hashes: Map<number, string>; breaks: AuditBreak[] }> => {
  const breaks: AuditBreak[] = [];
  const hashes = new Map<number, string>();
  let end = null as ShardEnd | null;
  let count = 0;
  for (;;) {
    const rows = await readLinks(client, shard, end);
    for (const link of rows) {
      const broken = breakOf(link, end);
      if (broken) breaks.push(broken);
      if (marked.has(link.position)) hashes.set(link.position, link.hash);
      const { position, hash, auditId } = link;
      end = { shard, position, hash, auditId, firstDay: end?.firstDay ?? localDay(Number(link.sealedAt) * 1_000) };
      count++;
    }
    if (rows.length < PAGE) return { end, count, hashes, breaks };
  }
};

const breakOf = (link: Link, before: ShardEnd | null): AuditBreak | null => {
  const where = `row ${link.auditId} (shard ${link.shard}, position ${link.position})`;
  const isInOrder =
    link.position === (before?.position ?? 0) + 1 &&
    link.previousHash === (before?.hash ?? GENESIS) &&
    link.auditId > (before?.auditId ?? 0) &&
    link.auditId % SHARDS === link.shard;
  if (!isInOrder) return { kind: "link_broken", where };
  if (link.text === null) return { kind: "row_removed", where };
  return linkHash(link) === link.hash ? null : { kind: "row_changed", where };
};

export const walkChain = async (client: Client, marked: readonly { shard: number; position: number }[]) => {
  const walked: Awaited<ReturnType<typeof walkShard>>[] = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    const positions = marked.filter((one) => one.shard === shard).map(({ position }) => position);
    walked.push(await walkShard(client, shard, new Set(positions)));
  }
  const { rows } = await client.query<{ shard: number }>(
    "select distinct shard from audit_chain where shard not between 0 and 7",
  );
  const foreign = rows.map(({ shard }): AuditBreak => ({
    kind: "link_broken",
    where: `shard ${shard}, which does not exist`,
  }));
  return {
    ends: walked.flatMap(({ end }) => (end ? [end] : [])),
    count: walked.reduce((sum, one) => sum + one.count, 0),
    hashOf: (shard: number, position: number): string | undefined => walked[shard]?.hashes.get(position),
    breaks: [...walked.flatMap(({ breaks }) => breaks), ...foreign],
  };
};

const HOUR_SECONDS = 3_600;

/** Rows without a link: below the last sealed one they were put in afterwards; above it they may wait an hour. */
export const findUnsealed = async (
  client: Client,
  nowMs: number,
): Promise<{ waiting: number; breaks: AuditBreak[] }> => {
  const inserted = await client.query<{ id: string }>(
    `select a.id from audit_log a where a.id < (select coalesce(max(audit_id), 0) from audit_chain)
       and not exists (select from audit_chain c where c.audit_id = a.id) order by a.id limit 100`,
  );
  const waiting = await client.query<{ n: number; oldest: string | null; isLate: boolean }>(
    `select count(*)::int as n, min(id)::text as oldest, coalesce(min(extract(epoch from at)) < $1::numeric, false) as "isLate"
     from audit_log where id > (select coalesce(max(audit_id), 0) from audit_chain)`,
    [nowMs / 1_000 - HOUR_SECONDS],
  );
  const { n, oldest, isLate } = waiting.rows[0]!;
  const late: AuditBreak[] = isLate ? [{ kind: "row_unsealed", where: `row ${oldest}, for more than an hour` }] : [];
  return {
    waiting: n,
    breaks: [...inserted.rows.map(({ id }): AuditBreak => ({ kind: "row_inserted", where: `row ${id}` })), ...late],
  };
};
