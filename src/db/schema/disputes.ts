import { sql } from "drizzle-orm";
import { bigint, check, index, jsonb, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { rentals } from "./rentals.ts";
import { users } from "./users.ts";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });

export const disputeKinds = ["returned", "charge", "bad_bank", "not_dispensed", "other"] as const;
export const disputeOutcomes = ["refund", "goodwill", "rejected"] as const;

/** A renter says that a rental went otherwise than the bill says; staff decide, once. */
export const disputes = pgTable(
  "disputes",
  {
    id: text("id").primaryKey(),
    rentalId: text("rental_id")
      .notNull()
      .references(() => rentals.id),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    kind: text("kind", { enum: disputeKinds }).notNull(),
    /** In the renter's words; they may name people and numbers. */
    textSealed: text("text_sealed").notNull(),
    state: text("state", { enum: ["open", "decided"] }).notNull(),
    /** What the stations had on record, kept because their own records are pruned. */
    evidence: jsonb("evidence"),
    openedAt: time("opened_at").notNull(),
    outcome: text("outcome", { enum: disputeOutcomes }),
    amountTzs: bigint("amount_tzs", { mode: "number" }),
    /** In the words of who decided; for staff alone. */
    note: text("note"),
    creditNoteId: text("credit_note_id"),
    decidedBy: text("decided_by"),
    decidedAt: time("decided_at"),
  },
  (t) => [
    check("disputes_kind_check", sql`${t.kind} in ('returned', 'charge', 'bad_bank', 'not_dispensed', 'other')`),
    check(
      "disputes_state_check",
      sql`${t.state} in ('open', 'decided') and (${t.state} = 'decided') = (${t.outcome} is not null and ${t.amountTzs} is not null and ${t.decidedBy} is not null and ${t.decidedAt} is not null)`,
    ),
    check("disputes_outcome_check", sql`${t.outcome} in ('refund', 'goodwill', 'rejected')`),
    check("disputes_amount_tzs_check", sql`${t.amountTzs} >= 0 and (${t.outcome} = 'rejected') = (${t.amountTzs} = 0)`),
    uniqueIndex("disputes_rental_id_open_key")
      .on(t.rentalId)
      .where(sql`state = 'open'`),
    index("disputes_open_idx")
      .on(t.id)
      .where(sql`state = 'open'`),
    index("disputes_rental_id_idx").on(t.rentalId),
    index("disputes_user_id_id_idx").on(t.userId, t.id),
  ],
);
