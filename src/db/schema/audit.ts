import { sql } from "drizzle-orm";
import {
  bigint,
  customType,
  date,
  index,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
} from "drizzle-orm/pg-core";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });

/** One row per movement of money and change of a rental; a rental's timeline is its rows. Append-only. */
export const auditLog = pgTable(
  "audit_log",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: time("at").notNull(),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    subject: text("subject").notNull(),
    detail: jsonb("detail").notNull(),
    requestId: text("request_id"),
  },
  (t) => [
    index("audit_log_subject_id_idx").on(t.subject, t.id),
    // Of rows that people of staff made, and of time alone: what renters and stations do pays for none of them.
    index("audit_log_staff_id_idx")
      .on(t.id)
      .where(sql`actor like 'staff:%'`),
    index("audit_log_staff_actor_id_idx")
      .on(t.actor, t.id)
      .where(sql`actor like 'staff:%'`),
    index("audit_log_staff_action_id_idx")
      .on(t.action, t.id)
      .where(sql`actor like 'staff:%'`),
    index("audit_log_at_idx").using("brin", t.at).with({ autosummarize: true, pages_per_range: 8 }),
  ],
);

const digest = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });

/**
 * One link per audit row, in the order of the ids within a shard. No foreign key to the audit log: the link of a row that
 * was taken away has to stay. Append-only; written in the background.
 */
export const auditChain = pgTable(
  "audit_chain",
  {
    shard: smallint("shard").notNull(),
    position: bigint("position", { mode: "number" }).notNull(),
    auditId: bigint("audit_id", { mode: "number" }).notNull(),
    previousHash: digest("previous_hash").notNull(),
    hash: digest("hash").notNull(),
    sealedAt: time("sealed_at").notNull(),
  },
  (t) => [
    primaryKey({ name: "audit_chain_pkey", columns: [t.shard, t.position] }),
    unique("audit_chain_audit_id_key").on(t.auditId),
  ],
);

/** The end of each shard's chain at the close of a day, signed by a key that the database does not have. Append-only. */
export const auditHeads = pgTable(
  "audit_heads",
  {
    day: date("day").notNull(),
    shard: smallint("shard").notNull(),
    position: bigint("position", { mode: "number" }).notNull(),
    hash: digest("hash").notNull(),
    keyId: text("key_id").notNull(),
    signature: text("signature").notNull(),
    signedAt: time("signed_at").notNull(),
  },
  (t) => [primaryKey({ name: "audit_heads_pkey", columns: [t.day, t.shard] })],
);

/** Written by the function that does the work; the answer is re-read from what it created. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    actor: text("actor").notNull(),
    route: text("route").notNull(),
    key: text("key").notNull(),
    bodyHash: text("body_hash").notNull(),
    createdId: text("created_id").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (t) => [
    primaryKey({ name: "idempotency_keys_pkey", columns: [t.actor, t.route, t.key] }),
    index("idempotency_keys_created_at_idx").on(t.createdAt),
  ],
);
