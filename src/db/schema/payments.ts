import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { rentals } from "./rentals.ts";
import { users } from "./users.ts";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });

export const paymentStates = ["created", "submitted", "unknown", "succeeded", "failed", "expired"] as const;

export const paymentPurposes = ["deposit", "top_up", "debt", "extension"] as const;

/** The intent exists before the provider is called; its `external_id` is what the callback names. */
export const payments = pgTable(
  "payments",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    purpose: text("purpose", { enum: paymentPurposes }).notNull(),
    amountTzs: bigint("amount_tzs", { mode: "number" }).notNull(),
    currency: text("currency").notNull().default("TZS"),
    provider: text("provider").notNull(),
    msisdnSealed: text("msisdn_sealed").notNull(),
    externalId: text("external_id").notNull(),
    providerReference: text("provider_reference"),
    operatorReference: text("operator_reference"),
    state: text("state", { enum: paymentStates }).notNull(),
    reason: text("reason"),
    /** The rental that waits for it. */
    rentalId: text("rental_id").references(() => rentals.id),
    /** What an extension was offered for: the rental's version then, when it was asked for, its price and the new end. */
    offer: jsonb("offer"),
    createdAt: time("created_at").notNull(),
    submittedAt: time("submitted_at"),
    settledAt: time("settled_at"),
    expiresAt: time("expires_at").notNull(),
    /** When the provider is asked again where it can be asked; an expired payment is watched for 7 days. */
    nextProbeAt: time("next_probe_at"),
    probeCount: integer("probe_count").notNull().default(0),
    /** When the payer's phone may be prompted, for an intent whose prompt has to wait; null once somebody has taken it on. */
    promptDueAt: time("prompt_due_at"),
    /** Whose it is to send the prompt, so that a lost answer can be asked for again. */
    promptToken: text("prompt_token"),
  },
  (t) => [
    unique("payments_external_id_key").on(t.externalId),
    check("payments_purpose_check", sql`${t.purpose} in ('deposit', 'top_up', 'debt', 'extension')`),
    check("payments_offer_check", sql`(${t.purpose} = 'extension') = (${t.offer} is not null)`),
    check("payments_amount_tzs_check", sql`${t.amountTzs} between 1 and 5000000`),
    check("payments_currency_check", sql`${t.currency} = 'TZS'`),
    check(
      "payments_provider_check",
      sql`${t.provider} in ('airtel', 'tigo', 'halopesa', 'azampesa', 'mpesa', 'crdb', 'nmb')`,
    ),
    check(
      "payments_state_check",
      sql`${t.state} in ('created', 'submitted', 'unknown', 'succeeded', 'failed', 'expired')`,
    ),
    index("payments_user_id_id_idx").on(t.userId, t.id),
    index("payments_rental_id_idx").on(t.rentalId),
    index("payments_provider_reference_idx").on(t.providerReference),
    /** One transaction of the provider pays one payment. */
    uniqueIndex("payments_provider_reference_key")
      .on(t.providerReference)
      .where(sql`state = 'succeeded'`),
    index("payments_expires_at_idx")
      .on(t.expiresAt)
      .where(sql`state in ('created', 'submitted', 'unknown')`),
    index("payments_prompt_due_at_idx")
      .on(t.promptDueAt)
      .where(sql`prompt_due_at is not null`),
    index("payments_watched_idx")
      .on(t.createdAt)
      .where(sql`state in ('submitted', 'unknown', 'expired', 'failed')`),
  ],
);

/** What the provider said, as it said it, stored before it is acted on. */
export const paymentCallbacks = pgTable(
  "payment_callbacks",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    provider: text("provider").notNull(),
    bodyHash: text("body_hash").notNull(),
    /** Null once it was pruned: the row and the hash stay. */
    bodySealed: text("body_sealed"),
    signature: text("signature").notNull(),
    state: text("state", { enum: ["applied", "failed"] }).notNull(),
    outcome: text("outcome"),
    paymentId: text("payment_id").references(() => payments.id),
    attempts: integer("attempts").notNull().default(1),
    lastError: text("last_error"),
    receivedAt: time("received_at").notNull(),
    appliedAt: time("applied_at"),
  },
  (t) => [
    unique("payment_callbacks_body_hash_key").on(t.bodyHash),
    check("payment_callbacks_state_check", sql`${t.state} in ('applied', 'failed')`),
    index("payment_callbacks_failed_idx")
      .on(t.id)
      .where(sql`state = 'failed'`),
    index("payment_callbacks_payment_id_idx").on(t.paymentId),
    index("payment_callbacks_body_idx")
      .on(t.receivedAt)
      .where(sql`body_sealed is not null`),
  ],
);

export const suspenseReasons = [
  "wrong_amount",
  "unknown_reference",
  "second_payment",
  "reference_mismatch",
  "account_closed",
] as const;
export const suspenseStates = ["open", "refunding", "resolved"] as const;
export const suspenseResolutions = ["refunded", "credited", "dismissed"] as const;

/** Money that came in and belongs to nothing yet. Staff decide; nothing is guessed. */
export const suspenseItems = pgTable(
  "suspense_items",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    callbackId: bigint("callback_id", { mode: "number" })
      .notNull()
      .references(() => paymentCallbacks.id),
    paymentId: text("payment_id").references(() => payments.id),
    /** The provider's transaction: the same money is never here twice, however often it is told. */
    providerReference: text("provider_reference").notNull(),
    amountTzs: bigint("amount_tzs", { mode: "number" }).notNull(),
    currency: text("currency").notNull().default("TZS"),
    reason: text("reason", { enum: suspenseReasons }).notNull(),
    /** `refunding`: its money left suspense for a withdrawal that is on its way. */
    state: text("state", { enum: suspenseStates }).notNull().default("open"),
    openedAt: time("opened_at").notNull(),
    resolution: text("resolution", { enum: suspenseResolutions }),
    /** The first of two who say that the provider never had it, or gave it back itself. */
    dismissalAskedBy: text("dismissal_asked_by"),
    resolvedBy: text("resolved_by"),
    resolvedAt: time("resolved_at"),
  },
  (t) => [
    unique("suspense_items_callback_id_key").on(t.callbackId),
    unique("suspense_items_provider_reference_key").on(t.providerReference),
    check("suspense_items_amount_tzs_check", sql`${t.amountTzs} > 0`),
    check(
      "suspense_items_reason_check",
      sql`${t.reason} in ('wrong_amount', 'unknown_reference', 'second_payment', 'reference_mismatch', 'account_closed')`,
    ),
    check(
      "suspense_items_state_check",
      sql`${t.state} in ('open', 'refunding', 'resolved') and (${t.state} = 'resolved') = (${t.resolution} is not null and ${t.resolvedAt} is not null)`,
    ),
    check("suspense_items_resolution_check", sql`${t.resolution} in ('refunded', 'credited', 'dismissed')`),
    index("suspense_items_state_id_idx").on(t.state, t.id),
    index("suspense_items_payment_id_idx").on(t.paymentId),
    index("suspense_items_open_idx")
      .on(t.openedAt)
      .where(sql`state = 'open'`),
  ],
);
