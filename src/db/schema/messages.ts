import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
} from "drizzle-orm/pg-core";
import { rentals } from "./rentals.ts";
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
    /** `unknown`: handed over, no answer; never sent again by itself. `skipped`: not sent, and why is in `last_error`. */
    state: text("state", { enum: ["queued", "sending", "sent", "failed", "unknown", "skipped"] }).notNull(),
    attempts: integer("attempts").notNull().default(0),
    notBefore: time("not_before").notNull(),
    /** Of no use to anybody from here on: it is skipped. */
    expiresAt: time("expires_at"),
    /** A notice about this rental is skipped once the rental is over. */
    rentalId: text("rental_id").references(() => rentals.id),
    createdAt: time("created_at").notNull(),
    claimedAt: time("claimed_at"),
    /** Of the call that claimed it last: the same call again is given it again. */
    claimId: text("claim_id"),
    sentAt: time("sent_at"),
    /** Who took it. */
    provider: text("provider", { enum: ["beem", "africastalking"] }),
    providerReference: text("provider_reference"),
    lastError: text("last_error"),
    /** What the newest delivery report says; a final word stays. */
    delivery: text("delivery", { enum: ["pending", "delivered", "failed"] }),
    deliveryAt: time("delivery_at"),
    deliveryReason: text("delivery_reason"),
    /** The message by which staff sent it again. */
    resentAs: text("resent_as"),
  },
  (t) => [
    unique("messages_dedupe_key_key").on(t.dedupeKey),
    foreignKey({ name: "messages_resent_as_fkey", columns: [t.resentAs], foreignColumns: [t.id] }),
    check("messages_state_check", sql`${t.state} in ('queued', 'sending', 'sent', 'failed', 'unknown', 'skipped')`),
    check("messages_delivery_check", sql`${t.delivery} in ('pending', 'delivered', 'failed')`),
    index("messages_queued_idx")
      .on(t.notBefore)
      .where(sql`state in ('queued', 'sending')`),
    index("messages_user_id_id_idx").on(t.userId, t.id),
    index("messages_user_id_claimed_at_idx")
      .on(t.userId, t.claimedAt)
      .where(sql`claimed_at is not null`),
    index("messages_provider_reference_idx")
      .on(t.providerReference)
      .where(sql`provider_reference is not null`),
    /** What staff look at. */
    index("messages_trouble_idx")
      .on(t.id)
      .where(sql`(state in ('failed', 'unknown') or delivery = 'failed') and resent_as is null`),
    /** Few, beside all that were sent and did not arrive. */
    index("messages_unsent_idx")
      .on(t.state, t.id)
      .where(sql`state in ('failed', 'unknown') and resent_as is null`),
  ],
);

/** Delivery reports as they came, each once; without the number, which a provider repeats in them. */
export const messageReports = pgTable(
  "message_reports",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    provider: text("provider", { enum: ["beem", "africastalking"] }).notNull(),
    /** The provider's id of the message; its own recipient id where it names only that. */
    providerReference: text("provider_reference").notNull(),
    /** Null: of a message that never lay in the outbox, or of one that is not marked yet. */
    messageId: text("message_id").references(() => messages.id),
    outcome: text("outcome", { enum: ["pending", "delivered", "failed"] }).notNull(),
    /** The provider's own words. */
    statusWord: text("status_word").notNull(),
    reason: text("reason"),
    receivedAt: time("received_at").notNull(),
  },
  (t) => [
    unique("message_reports_provider_provider_reference_status_word_key").on(
      t.provider,
      t.providerReference,
      t.statusWord,
    ),
    check("message_reports_outcome_check", sql`${t.outcome} in ('pending', 'delivered', 'failed')`),
    index("message_reports_message_id_idx")
      .on(t.messageId)
      .where(sql`message_id is not null`),
    index("message_reports_received_at_idx").on(t.receivedAt),
  ],
);
