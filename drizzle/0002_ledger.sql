CREATE TABLE "accounts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "accounts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"code" text NOT NULL,
	"kind" text NOT NULL,
	"normal_side" text NOT NULL,
	"currency" text DEFAULT 'TZS' NOT NULL,
	"balance_tzs" bigint,
	CONSTRAINT "accounts_code_key" UNIQUE("code"),
	CONSTRAINT "accounts_kind_check" CHECK ("accounts"."kind" in ('azampay_clearing', 'bank', 'user_wallet', 'user_hold', 'user_debt', 'withdrawal_clearing', 'suspense', 'revenue_rental', 'revenue_extension', 'revenue_late', 'revenue_lost', 'vat_output', 'provider_fees', 'bad_debt', 'goodwill')),
	CONSTRAINT "accounts_currency_check" CHECK ("accounts"."currency" = 'TZS'),
	CONSTRAINT "accounts_balance_tzs_check" CHECK ("accounts"."balance_tzs" >= 0),
	CONSTRAINT "accounts_owner_check" CHECK (("accounts"."kind" in ('user_wallet', 'user_hold', 'user_debt')) = ("accounts"."balance_tzs" is not null))
);
--> statement-breakpoint
CREATE TABLE "journal_entries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "journal_entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"reference" text NOT NULL,
	"input_hash" text NOT NULL,
	"occurred_at" timestamp(3) with time zone NOT NULL,
	"recorded_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "journal_entries_reference_key" UNIQUE("reference")
);
--> statement-breakpoint
CREATE TABLE "postings" (
	"entry_id" bigint NOT NULL,
	"account_id" bigint NOT NULL,
	"amount_tzs" bigint NOT NULL,
	"currency" text DEFAULT 'TZS' NOT NULL,
	CONSTRAINT "postings_pkey" PRIMARY KEY("entry_id","account_id"),
	CONSTRAINT "postings_amount_tzs_check" CHECK ("postings"."amount_tzs" <> 0),
	CONSTRAINT "postings_currency_check" CHECK ("postings"."currency" = 'TZS')
);
--> statement-breakpoint
ALTER TABLE "postings" ADD CONSTRAINT "postings_entry_id_journal_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."journal_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "postings_account_id_entry_id_idx" ON "postings" USING btree ("account_id","entry_id");