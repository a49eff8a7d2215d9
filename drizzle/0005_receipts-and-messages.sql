CREATE TABLE "receipt_counters" (
	"fiscal_year" integer PRIMARY KEY NOT NULL,
	"last_number" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "receipts" (
	"id" text PRIMARY KEY NOT NULL,
	"rental_id" text NOT NULL,
	"user_id" text NOT NULL,
	"token" text NOT NULL,
	"fiscal_year" integer NOT NULL,
	"number" integer,
	"currency" text DEFAULT 'TZS' NOT NULL,
	"lines" jsonb NOT NULL,
	"total_tzs" bigint NOT NULL,
	"vat_tzs" bigint NOT NULL,
	"net_tzs" bigint NOT NULL,
	"vat_percent" numeric(5, 2) NOT NULL,
	"issued_at" timestamp(3) with time zone NOT NULL,
	"numbered_at" timestamp(3) with time zone,
	CONSTRAINT "receipts_rental_id_key" UNIQUE("rental_id"),
	CONSTRAINT "receipts_token_key" UNIQUE("token"),
	CONSTRAINT "receipts_fiscal_year_number_key" UNIQUE("fiscal_year","number"),
	CONSTRAINT "receipts_total_tzs_check" CHECK ("receipts"."total_tzs" = "receipts"."vat_tzs" + "receipts"."net_tzs"),
	CONSTRAINT "receipts_numbered_check" CHECK (("receipts"."number" is null) = ("receipts"."numbered_at" is null))
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"template" text NOT NULL,
	"params" jsonb NOT NULL,
	"dedupe_key" text NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"not_before" timestamp(3) with time zone NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"claimed_at" timestamp(3) with time zone,
	"sent_at" timestamp(3) with time zone,
	"provider_reference" text,
	"last_error" text,
	CONSTRAINT "messages_dedupe_key_key" UNIQUE("dedupe_key"),
	CONSTRAINT "messages_state_check" CHECK ("messages"."state" in ('queued', 'sending', 'sent', 'failed', 'unknown'))
);
--> statement-breakpoint
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_rental_id_rentals_id_fk" FOREIGN KEY ("rental_id") REFERENCES "public"."rentals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "receipts_unnumbered_idx" ON "receipts" USING btree ("id") WHERE number is null;--> statement-breakpoint
CREATE INDEX "receipts_user_id_id_idx" ON "receipts" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "messages_queued_idx" ON "messages" USING btree ("not_before") WHERE state in ('queued', 'sending');--> statement-breakpoint
CREATE INDEX "messages_user_id_id_idx" ON "messages" USING btree ("user_id","id");