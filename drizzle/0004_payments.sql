CREATE TABLE "payment_callbacks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "payment_callbacks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"provider" text NOT NULL,
	"body_hash" text NOT NULL,
	"body_sealed" text NOT NULL,
	"signature" text NOT NULL,
	"state" text NOT NULL,
	"outcome" text,
	"payment_id" text,
	"attempts" integer DEFAULT 1 NOT NULL,
	"last_error" text,
	"received_at" timestamp(3) with time zone NOT NULL,
	"applied_at" timestamp(3) with time zone,
	CONSTRAINT "payment_callbacks_body_hash_key" UNIQUE("body_hash"),
	CONSTRAINT "payment_callbacks_state_check" CHECK ("payment_callbacks"."state" in ('applied', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "payments" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"purpose" text NOT NULL,
	"amount_tzs" bigint NOT NULL,
	"currency" text DEFAULT 'TZS' NOT NULL,
	"provider" text NOT NULL,
	"msisdn_sealed" text NOT NULL,
	"external_id" text NOT NULL,
	"provider_reference" text,
	"operator_reference" text,
	"state" text NOT NULL,
	"reason" text,
	"rental_id" text,
	"created_at" timestamp(3) with time zone NOT NULL,
	"submitted_at" timestamp(3) with time zone,
	"settled_at" timestamp(3) with time zone,
	"expires_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "payments_external_id_key" UNIQUE("external_id"),
	CONSTRAINT "payments_purpose_check" CHECK ("payments"."purpose" in ('deposit', 'top_up', 'debt')),
	CONSTRAINT "payments_amount_tzs_check" CHECK ("payments"."amount_tzs" between 1 and 5000000),
	CONSTRAINT "payments_currency_check" CHECK ("payments"."currency" = 'TZS'),
	CONSTRAINT "payments_provider_check" CHECK ("payments"."provider" in ('airtel', 'tigo', 'halopesa', 'azampesa', 'mpesa')),
	CONSTRAINT "payments_state_check" CHECK ("payments"."state" in ('created', 'submitted', 'unknown', 'succeeded', 'failed', 'expired'))
);
--> statement-breakpoint
CREATE TABLE "suspense_items" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "suspense_items_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"callback_id" bigint NOT NULL,
	"payment_id" text,
	"provider_reference" text NOT NULL,
	"amount_tzs" bigint NOT NULL,
	"currency" text DEFAULT 'TZS' NOT NULL,
	"reason" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"opened_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "suspense_items_callback_id_key" UNIQUE("callback_id"),
	CONSTRAINT "suspense_items_provider_reference_key" UNIQUE("provider_reference"),
	CONSTRAINT "suspense_items_amount_tzs_check" CHECK ("suspense_items"."amount_tzs" > 0),
	CONSTRAINT "suspense_items_reason_check" CHECK ("suspense_items"."reason" in ('wrong_amount', 'unknown_reference', 'second_payment', 'reference_mismatch'))
);
--> statement-breakpoint
ALTER TABLE "payment_callbacks" ADD CONSTRAINT "payment_callbacks_payment_id_payments_id_fk" FOREIGN KEY ("payment_id") REFERENCES "public"."payments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_rental_id_rentals_id_fk" FOREIGN KEY ("rental_id") REFERENCES "public"."rentals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suspense_items" ADD CONSTRAINT "suspense_items_callback_id_payment_callbacks_id_fk" FOREIGN KEY ("callback_id") REFERENCES "public"."payment_callbacks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suspense_items" ADD CONSTRAINT "suspense_items_payment_id_payments_id_fk" FOREIGN KEY ("payment_id") REFERENCES "public"."payments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "payment_callbacks_failed_idx" ON "payment_callbacks" USING btree ("id") WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX "payment_callbacks_payment_id_idx" ON "payment_callbacks" USING btree ("payment_id");--> statement-breakpoint
CREATE INDEX "payments_user_id_id_idx" ON "payments" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "payments_rental_id_idx" ON "payments" USING btree ("rental_id");--> statement-breakpoint
CREATE INDEX "payments_expires_at_idx" ON "payments" USING btree ("expires_at") WHERE state in ('created', 'submitted', 'unknown');--> statement-breakpoint
CREATE INDEX "suspense_items_open_idx" ON "suspense_items" USING btree ("opened_at") WHERE state = 'open';