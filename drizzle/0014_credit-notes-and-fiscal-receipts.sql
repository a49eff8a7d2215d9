CREATE TABLE "credit_note_counters" (
	"fiscal_year" integer PRIMARY KEY NOT NULL,
	"last_number" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "credit_notes" (
	"id" text PRIMARY KEY NOT NULL,
	"receipt_id" text NOT NULL,
	"user_id" text NOT NULL,
	"token" text NOT NULL,
	"fiscal_year" integer NOT NULL,
	"number" integer,
	"currency" text DEFAULT 'TZS' NOT NULL,
	"reason" text NOT NULL,
	"note" text NOT NULL,
	"lines" jsonb NOT NULL,
	"total_tzs" bigint NOT NULL,
	"vat_tzs" bigint NOT NULL,
	"net_tzs" bigint NOT NULL,
	"vat_percent" numeric(5, 2) NOT NULL,
	"issued_by" text NOT NULL,
	"issued_at" timestamp(3) with time zone NOT NULL,
	"numbered_at" timestamp(3) with time zone,
	CONSTRAINT "credit_notes_token_key" UNIQUE("token"),
	CONSTRAINT "credit_notes_fiscal_year_number_key" UNIQUE("fiscal_year","number"),
	CONSTRAINT "credit_notes_reason_check" CHECK ("credit_notes"."reason" in ('dispute', 'reversal')),
	CONSTRAINT "credit_notes_note_check" CHECK (char_length("credit_notes"."note") between 1 and 300),
	CONSTRAINT "credit_notes_total_tzs_check" CHECK ("credit_notes"."total_tzs" < 0 and "credit_notes"."total_tzs" = "credit_notes"."vat_tzs" + "credit_notes"."net_tzs"),
	CONSTRAINT "credit_notes_numbered_check" CHECK (("credit_notes"."number" is null) = ("credit_notes"."numbered_at" is null))
);
--> statement-breakpoint
CREATE TABLE "fiscal_devices" (
	"serial" text PRIMARY KEY NOT NULL,
	"tin" text NOT NULL,
	"vrn" text NOT NULL,
	"uin" text NOT NULL,
	"name" text NOT NULL,
	"tax_office" text NOT NULL,
	"receipt_code" text NOT NULL,
	"registered_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fiscal_receipts" (
	"receipt_id" text PRIMARY KEY NOT NULL,
	"device_serial" text NOT NULL,
	"global_counter" integer NOT NULL,
	"daily_counter" integer NOT NULL,
	"day" date NOT NULL,
	"verification_code" text NOT NULL,
	"verify_url" text NOT NULL,
	"issued_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "fiscal_receipts_device_serial_global_counter_key" UNIQUE("device_serial","global_counter"),
	CONSTRAINT "fiscal_receipts_device_serial_day_daily_counter_key" UNIQUE("device_serial","day","daily_counter")
);
--> statement-breakpoint
ALTER TABLE "receipts" DROP CONSTRAINT "receipts_fiscal_year_number_key";--> statement-breakpoint
ALTER TABLE "receipts" ADD COLUMN "series" text DEFAULT 'house' NOT NULL;--> statement-breakpoint
ALTER TABLE "credit_notes" ADD CONSTRAINT "credit_notes_receipt_id_receipts_id_fk" FOREIGN KEY ("receipt_id") REFERENCES "public"."receipts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credit_notes" ADD CONSTRAINT "credit_notes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fiscal_receipts" ADD CONSTRAINT "fiscal_receipts_receipt_id_receipts_id_fk" FOREIGN KEY ("receipt_id") REFERENCES "public"."receipts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fiscal_receipts" ADD CONSTRAINT "fiscal_receipts_device_serial_fiscal_devices_serial_fk" FOREIGN KEY ("device_serial") REFERENCES "public"."fiscal_devices"("serial") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "credit_notes_unnumbered_idx" ON "credit_notes" USING btree ("id") WHERE number is null;--> statement-breakpoint
CREATE INDEX "credit_notes_receipt_id_id_idx" ON "credit_notes" USING btree ("receipt_id","id");--> statement-breakpoint
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_series_fiscal_year_number_key" UNIQUE("series","fiscal_year","number");