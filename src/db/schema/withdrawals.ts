import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { suspenseItems } from "./payments.ts";
import { users } from "./users.ts";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });

export const withdrawalStates = [
  "awaiting_approval",
  "created",
  "sending",
  "submitted",
  "unknown",
  "succeeded",
  "failed",
  "refused",
  "rejected",
] as const;

/** It has left the wallet, and nobody knows yet that it arrived. At most one of a renter is so. */
export const openWithdrawalStates = ["awaiting_approval", "created", "sending", "submitted", "unknown"] as const;

/** Money on its way out. It left the wallet (or suspense) before the provider is called; its `external_id` never changes. */
export const withdrawals = pgTable(
  "withdrawals",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** `suspense`: money that came in for nothing goes back to the one who paid it. */
    kind: text("kind", { enum: ["wallet", "suspense"] }).notNull(),
    suspenseId: bigint("suspense_id", { mode: "number" }).references(() => suspenseItems.id),
    amountTzs: bigint("amount_tzs", { mode: "number" }).notNull(),
    feeTzs: bigint("fee_tzs", { mode: "number" }).notNull().default(0),
    currency: text("currency").notNull().default("TZS"),
    provider: text("provider").notNull(),
    msisdnSealed: text("msisdn_sealed").notNull(),
    /** The name that the provider's look-up gave and the renter saw. */
    recipientSealed: text("recipient_sealed").notNull(),
    externalId: text("external_id").notNull(),
    providerReference: text("provider_reference"),
    operatorReference: text("operator_reference"),
    /** `sending`: handed over, the answer is not recorded yet. */
    state: text("state", { enum: withdrawalStates }).notNull(),
    reason: text("reason"),
    /** Who proved the end: a callback alone may be forged, so what follows a failure that it told waits for staff. */
    settledBy: text("settled_by", { enum: ["callback", "query", "statement", "staff", "refusal"] }),
    /** The provider contradicted itself about it; staff have to look. */
    needsReview: boolean("needs_review").notNull().default(false),
    requestedBy: text("requested_by").notNull(),
    approvedBy: text("approved_by"),
    /** How often it was handed over, always under the same external id; only the first send can be refused. */
    sends: integer("sends").notNull().default(0),
    /** Whose send it is: a repeat of the same call finds its own. */
    sendToken: text("send_token"),
    createdAt: time("created_at").notNull(),
    sentAt: time("sent_at"),
    submittedAt: time("submitted_at"),
    settledAt: time("settled_at"),
    nextQueryAt: time("next_query_at"),
    queryCount: integer("query_count").notNull().default(0),
  },
  (t) => [
    unique("withdrawals_external_id_key").on(t.externalId),
    check(
      "withdrawals_kind_check",
      sql`${t.kind} in ('wallet', 'suspense') and (${t.kind} = 'suspense') = (${t.suspenseId} is not null)`,
    ),
    check("withdrawals_amount_tzs_check", sql`${t.amountTzs} between 1 and 5000000 and ${t.feeTzs} >= 0`),
    check("withdrawals_currency_check", sql`${t.currency} = 'TZS'`),
    check("withdrawals_provider_check", sql`${t.provider} in ('airtel', 'tigo', 'halopesa', 'azampesa', 'mpesa')`),
    check(
      "withdrawals_state_check",
      sql`${t.state} in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown', 'succeeded', 'failed', 'refused', 'rejected')`,
    ),
    check(
      "withdrawals_settled_check",
      sql`(${t.settledAt} is not null) = (${t.state} in ('succeeded', 'failed', 'refused', 'rejected'))`,
    ),
    uniqueIndex("withdrawals_user_id_open_key")
      .on(t.userId)
      .where(sql`state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown')`),
    index("withdrawals_user_id_id_idx").on(t.userId, t.id),
    index("withdrawals_suspense_id_idx").on(t.suspenseId),
    index("withdrawals_open_idx")
      .on(t.id)
      .where(sql`state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown')`),
    index("withdrawals_next_query_at_idx")
      .on(t.nextQueryAt)
      .where(sql`next_query_at is not null`),
  ],
);

/** What the provider said about a disbursement, as it said it, stored before it is acted on. */
export const withdrawalCallbacks = pgTable(
  "withdrawal_callbacks",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    provider: text("provider").notNull(),
    bodyHash: text("body_hash").notNull(),
    /** Null once it was pruned. */
    bodySealed: text("body_sealed"),
    state: text("state", { enum: ["applied", "failed"] }).notNull(),
    outcome: text("outcome"),
    withdrawalId: text("withdrawal_id").references(() => withdrawals.id),
    attempts: integer("attempts").notNull().default(1),
    lastError: text("last_error"),
    receivedAt: time("received_at").notNull(),
    appliedAt: time("applied_at"),
  },
  (t) => [
    unique("withdrawal_callbacks_body_hash_key").on(t.bodyHash),
    check("withdrawal_callbacks_state_check", sql`${t.state} in ('applied', 'failed')`),
    index("withdrawal_callbacks_failed_idx")
      .on(t.id)
      .where(sql`state = 'failed'`),
    index("withdrawal_callbacks_withdrawal_id_idx").on(t.withdrawalId),
    index("withdrawal_callbacks_body_idx")
      .on(t.receivedAt)
      .where(sql`body_sealed is not null`),
  ],
);

/** Two of staff who say the same close a withdrawal that nobody can ask about. Append-only; the latest word of each counts. */
export const withdrawalVotes = pgTable(
  "withdrawal_votes",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    withdrawalId: text("withdrawal_id")
      .notNull()
      .references(() => withdrawals.id),
    staffId: text("staff_id")
      .notNull()
      .references(() => users.id),
    outcome: text("outcome", { enum: ["paid", "returned"] }).notNull(),
    reason: text("reason").notNull(),
    at: time("at").notNull(),
  },
  (t) => [
    check("withdrawal_votes_outcome_check", sql`${t.outcome} in ('paid', 'returned')`),
    index("withdrawal_votes_withdrawal_id_idx").on(t.withdrawalId),
  ],
);

/**
 * Asked for where nobody can wait for the provider (a USSD session): its name has to be looked up before the money leaves the
 * wallet. Goes to the account's own number alone. Tried until it is a withdrawal or refused; the key of both is this row's id.
 */
export const withdrawalRequests = pgTable(
  "withdrawal_requests",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    amountTzs: bigint("amount_tzs", { mode: "number" }).notNull(),
    provider: text("provider").notNull(),
    state: text("state", { enum: ["waiting", "done", "refused"] }).notNull(),
    reason: text("reason"),
    attempts: integer("attempts").notNull().default(0),
    notBefore: time("not_before").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (t) => [
    check("withdrawal_requests_state_check", sql`${t.state} in ('waiting', 'done', 'refused')`),
    check("withdrawal_requests_amount_tzs_check", sql`${t.amountTzs} between 1 and 5000000`),
    index("withdrawal_requests_not_before_idx")
      .on(t.notBefore)
      .where(sql`state = 'waiting'`),
    index("withdrawal_requests_user_id_id_idx").on(t.userId, t.id),
  ],
);
