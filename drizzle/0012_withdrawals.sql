CREATE TABLE "withdrawal_callbacks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "withdrawal_callbacks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"provider" text NOT NULL,
	"body_hash" text NOT NULL,
	"body_sealed" text,
	"state" text NOT NULL,
	"outcome" text,
	"withdrawal_id" text,
	"attempts" integer DEFAULT 1 NOT NULL,
	"last_error" text,
	"received_at" timestamp(3) with time zone NOT NULL,
	"applied_at" timestamp(3) with time zone,
	CONSTRAINT "withdrawal_callbacks_body_hash_key" UNIQUE("body_hash"),
	CONSTRAINT "withdrawal_callbacks_state_check" CHECK ("withdrawal_callbacks"."state" in ('applied', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "withdrawal_votes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "withdrawal_votes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"withdrawal_id" text NOT NULL,
	"staff_id" text NOT NULL,
	"outcome" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "withdrawal_votes_outcome_check" CHECK ("withdrawal_votes"."outcome" in ('paid', 'returned'))
);
--> statement-breakpoint
CREATE TABLE "withdrawals" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"kind" text NOT NULL,
	"suspense_id" bigint,
	"amount_tzs" bigint NOT NULL,
	"fee_tzs" bigint DEFAULT 0 NOT NULL,
	"currency" text DEFAULT 'TZS' NOT NULL,
	"provider" text NOT NULL,
	"msisdn_sealed" text NOT NULL,
	"recipient_sealed" text NOT NULL,
	"external_id" text NOT NULL,
	"provider_reference" text,
	"operator_reference" text,
	"state" text NOT NULL,
	"reason" text,
	"settled_by" text,
	"needs_review" boolean DEFAULT false NOT NULL,
	"requested_by" text NOT NULL,
	"approved_by" text,
	"sends" integer DEFAULT 0 NOT NULL,
	"send_token" text,
	"created_at" timestamp(3) with time zone NOT NULL,
	"sent_at" timestamp(3) with time zone,
	"submitted_at" timestamp(3) with time zone,
	"settled_at" timestamp(3) with time zone,
	"next_query_at" timestamp(3) with time zone,
	"query_count" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "withdrawals_external_id_key" UNIQUE("external_id"),
	CONSTRAINT "withdrawals_kind_check" CHECK ("withdrawals"."kind" in ('wallet', 'suspense') and ("withdrawals"."kind" = 'suspense') = ("withdrawals"."suspense_id" is not null)),
	CONSTRAINT "withdrawals_amount_tzs_check" CHECK ("withdrawals"."amount_tzs" between 1 and 5000000 and "withdrawals"."fee_tzs" >= 0),
	CONSTRAINT "withdrawals_currency_check" CHECK ("withdrawals"."currency" = 'TZS'),
	CONSTRAINT "withdrawals_provider_check" CHECK ("withdrawals"."provider" in ('airtel', 'tigo', 'halopesa', 'azampesa', 'mpesa')),
	CONSTRAINT "withdrawals_state_check" CHECK ("withdrawals"."state" in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown', 'succeeded', 'failed', 'refused', 'rejected')),
	CONSTRAINT "withdrawals_settled_check" CHECK (("withdrawals"."settled_at" is not null) = ("withdrawals"."state" in ('succeeded', 'failed', 'refused', 'rejected')))
);
--> statement-breakpoint
ALTER TABLE "payments" DROP CONSTRAINT "payments_provider_check";--> statement-breakpoint
ALTER TABLE "payment_callbacks" ALTER COLUMN "body_sealed" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "next_probe_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "probe_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "suspense_items" ADD COLUMN "resolution" text;--> statement-breakpoint
ALTER TABLE "suspense_items" ADD COLUMN "resolved_by" text;--> statement-breakpoint
ALTER TABLE "suspense_items" ADD COLUMN "resolved_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "withdrawal_callbacks" ADD CONSTRAINT "withdrawal_callbacks_withdrawal_id_withdrawals_id_fk" FOREIGN KEY ("withdrawal_id") REFERENCES "public"."withdrawals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawal_votes" ADD CONSTRAINT "withdrawal_votes_withdrawal_id_withdrawals_id_fk" FOREIGN KEY ("withdrawal_id") REFERENCES "public"."withdrawals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawal_votes" ADD CONSTRAINT "withdrawal_votes_staff_id_users_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawals" ADD CONSTRAINT "withdrawals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawals" ADD CONSTRAINT "withdrawals_suspense_id_suspense_items_id_fk" FOREIGN KEY ("suspense_id") REFERENCES "public"."suspense_items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "withdrawal_callbacks_failed_idx" ON "withdrawal_callbacks" USING btree ("id") WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX "withdrawal_callbacks_withdrawal_id_idx" ON "withdrawal_callbacks" USING btree ("withdrawal_id");--> statement-breakpoint
CREATE INDEX "withdrawal_callbacks_body_idx" ON "withdrawal_callbacks" USING btree ("received_at") WHERE body_sealed is not null;--> statement-breakpoint
CREATE INDEX "withdrawal_votes_withdrawal_id_idx" ON "withdrawal_votes" USING btree ("withdrawal_id");--> statement-breakpoint
CREATE UNIQUE INDEX "withdrawals_user_id_open_key" ON "withdrawals" USING btree ("user_id") WHERE state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown');--> statement-breakpoint
CREATE INDEX "withdrawals_user_id_id_idx" ON "withdrawals" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "withdrawals_suspense_id_idx" ON "withdrawals" USING btree ("suspense_id");--> statement-breakpoint
CREATE INDEX "withdrawals_open_idx" ON "withdrawals" USING btree ("id") WHERE state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown');--> statement-breakpoint
CREATE INDEX "withdrawals_next_query_at_idx" ON "withdrawals" USING btree ("next_query_at") WHERE next_query_at is not null;--> statement-breakpoint
CREATE INDEX "payment_callbacks_body_idx" ON "payment_callbacks" USING btree ("received_at") WHERE body_sealed is not null;--> statement-breakpoint
CREATE INDEX "payments_watched_idx" ON "payments" USING btree ("created_at") WHERE state in ('submitted', 'unknown', 'expired', 'failed');--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_provider_check" CHECK ("payments"."provider" in ('airtel', 'tigo', 'halopesa', 'azampesa', 'mpesa', 'crdb', 'nmb'));--> statement-breakpoint
ALTER TABLE "suspense_items" ADD CONSTRAINT "suspense_items_state_check" CHECK ("suspense_items"."state" in ('open', 'refunding', 'resolved') and ("suspense_items"."state" = 'resolved') = ("suspense_items"."resolution" is not null and "suspense_items"."resolved_at" is not null));--> statement-breakpoint
ALTER TABLE "suspense_items" ADD CONSTRAINT "suspense_items_resolution_check" CHECK ("suspense_items"."resolution" in ('refunded', 'credited'));