CREATE TABLE "audit_chain" (
	"shard" smallint NOT NULL,
	"position" bigint NOT NULL,
	"audit_id" bigint NOT NULL,
	"previous_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"sealed_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "audit_chain_pkey" PRIMARY KEY("shard","position"),
	CONSTRAINT "audit_chain_audit_id_key" UNIQUE("audit_id")
);
--> statement-breakpoint
CREATE TABLE "audit_heads" (
	"day" date NOT NULL,
	"shard" smallint NOT NULL,
	"position" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"key_id" text NOT NULL,
	"signature" text NOT NULL,
	"signed_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "audit_heads_pkey" PRIMARY KEY("day","shard")
);
--> statement-breakpoint
CREATE TABLE "book_days" (
	"day" date PRIMARY KEY NOT NULL,
	"last_entry_id" bigint NOT NULL,
	"closed_at" timestamp(3) with time zone NOT NULL,
	"checked_at" timestamp(3) with time zone,
	"break_count" integer
);
--> statement-breakpoint
CREATE TABLE "statement_lines" (
	"provider" text NOT NULL,
	"provider_reference" text NOT NULL,
	"direction" text NOT NULL,
	"our_reference" text,
	"currency" text DEFAULT 'TZS' NOT NULL,
	"amount_tzs" bigint NOT NULL,
	"conflicting_amount_tzs" bigint,
	"status" text NOT NULL,
	"occurred_at" timestamp(3) with time zone NOT NULL,
	"statement_id" text NOT NULL,
	"changed_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "statement_lines_pkey" PRIMARY KEY("provider","provider_reference","direction"),
	CONSTRAINT "statement_lines_direction_check" CHECK ("statement_lines"."direction" in ('in', 'out')),
	CONSTRAINT "statement_lines_currency_check" CHECK ("statement_lines"."currency" = 'TZS'),
	CONSTRAINT "statement_lines_amount_tzs_check" CHECK ("statement_lines"."amount_tzs" > 0),
	CONSTRAINT "statement_lines_status_check" CHECK ("statement_lines"."status" in ('paid', 'failed', 'pending', 'reversed'))
);
--> statement-breakpoint
CREATE TABLE "statements" (
	"id" text PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"file_hash" text NOT NULL,
	"from_at" timestamp(3) with time zone NOT NULL,
	"to_at" timestamp(3) with time zone NOT NULL,
	"line_count" integer NOT NULL,
	"imported_at" timestamp(3) with time zone NOT NULL,
	"imported_by" text NOT NULL,
	CONSTRAINT "statements_file_hash_key" UNIQUE("file_hash")
);
--> statement-breakpoint
CREATE TABLE "trial_balances" (
	"day" date NOT NULL,
	"account" text NOT NULL,
	"currency" text DEFAULT 'TZS' NOT NULL,
	"debit_tzs" bigint NOT NULL,
	"credit_tzs" bigint NOT NULL,
	CONSTRAINT "trial_balances_pkey" PRIMARY KEY("day","account"),
	CONSTRAINT "trial_balances_currency_check" CHECK ("trial_balances"."currency" = 'TZS'),
	CONSTRAINT "trial_balances_debit_tzs_check" CHECK ("trial_balances"."debit_tzs" >= 0),
	CONSTRAINT "trial_balances_credit_tzs_check" CHECK ("trial_balances"."credit_tzs" >= 0)
);
--> statement-breakpoint
ALTER TABLE "statement_lines" ADD CONSTRAINT "statement_lines_statement_id_statements_id_fk" FOREIGN KEY ("statement_id") REFERENCES "public"."statements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trial_balances" ADD CONSTRAINT "trial_balances_day_book_days_day_fk" FOREIGN KEY ("day") REFERENCES "public"."book_days"("day") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "statement_lines_our_reference_idx" ON "statement_lines" USING btree ("our_reference");--> statement-breakpoint
CREATE INDEX "statements_provider_to_at_idx" ON "statements" USING btree ("provider","to_at");