import { sql } from "drizzle-orm";
import { check, index, integer, jsonb, pgTable, text, timestamp, unique } from "drizzle-orm/pg-core";
import { users } from "./users.ts";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });

/** Outbox of text messages, written in the same statement as the fact. Codes of sign-in never pass here. */
export const messages = pgTable(
  "messages",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    template: text("template").notNull(),
    params: jsonb("params").notNull(),
    /** The same message is never written twice. */
    dedupeKey: text("dedupe_key").notNull(),
    /** `unknown`: handed over, no answer; never sent again by itself. */
    state: text("state", { enum: ["queued", "sending", "sent", "failed", "unknown"] }).notNull(),
    attempts: integer("attempts").notNull().default(0),
    notBefore: time("not_before").notNull(),
    createdAt: time("created_at").notNull(),
    claimedAt: time("claimed_at"),
    sentAt: time("sent_at"),
    providerReference: text("provider_reference"),
    lastError: text("last_error"),
  },
  (t) => [
    unique("messages_dedupe_key_key").on(t.dedupeKey),
    check("messages_state_check", sql`${t.state} in ('queued', 'sending', 'sent', 'failed', 'unknown')`),
    index("messages_queued_idx")
      .on(t.notBefore)
      .where(sql`state in ('queued', 'sending')`),
    index("messages_user_id_id_idx").on(t.userId, t.id),
  ],
);
