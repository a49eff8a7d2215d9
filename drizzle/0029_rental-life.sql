CREATE TABLE "disputes" (
	"id" text PRIMARY KEY NOT NULL,
	"rental_id" text NOT NULL,
	"user_id" text NOT NULL,
	"kind" text NOT NULL,
	"text_sealed" text NOT NULL,
	"state" text NOT NULL,
	"evidence" jsonb,
	"opened_at" timestamp(3) with time zone NOT NULL,
	"outcome" text,
	"amount_tzs" bigint,
	"note" text,
	"credit_note_id" text,
	"decided_by" text,
	"decided_at" timestamp(3) with time zone,
	CONSTRAINT "disputes_kind_check" CHECK ("disputes"."kind" in ('returned', 'charge', 'bad_bank', 'not_dispensed', 'other')),
	CONSTRAINT "disputes_state_check" CHECK ("disputes"."state" in ('open', 'decided') and ("disputes"."state" = 'decided') = ("disputes"."outcome" is not null and "disputes"."amount_tzs" is not null and "disputes"."decided_by" is not null and "disputes"."decided_at" is not null)),
	CONSTRAINT "disputes_outcome_check" CHECK ("disputes"."outcome" in ('refund', 'goodwill', 'rejected')),
	CONSTRAINT "disputes_amount_tzs_check" CHECK ("disputes"."amount_tzs" >= 0 and ("disputes"."outcome" = 'rejected') = ("disputes"."amount_tzs" = 0))
);
--> statement-breakpoint
ALTER TABLE "payments" DROP CONSTRAINT "payments_purpose_check";--> statement-breakpoint
ALTER TABLE "credit_notes" DROP CONSTRAINT "credit_notes_reason_check";--> statement-breakpoint
DROP INDEX "rentals_due_at_idx";--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "offer" jsonb;--> statement-breakpoint
ALTER TABLE "rentals" ADD COLUMN "noticed_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "rentals" ADD COLUMN "next_notice_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "rentals" ADD COLUMN "lost_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "rentals" ADD COLUMN "is_lost_reported" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "rentals" ADD COLUMN "swapped_to_id" text;--> statement-breakpoint
ALTER TABLE "rentals" ADD COLUMN "swapped_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "rentals" ADD COLUMN "swap_of_id" text;--> statement-breakpoint
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_rental_id_rentals_id_fk" FOREIGN KEY ("rental_id") REFERENCES "public"."rentals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "disputes_rental_id_open_key" ON "disputes" USING btree ("rental_id") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "disputes_open_idx" ON "disputes" USING btree ("id") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "disputes_rental_id_idx" ON "disputes" USING btree ("rental_id");--> statement-breakpoint
CREATE INDEX "disputes_user_id_id_idx" ON "disputes" USING btree ("user_id","id");--> statement-breakpoint
ALTER TABLE "rentals" ADD CONSTRAINT "rentals_swapped_to_id_rentals_id_fk" FOREIGN KEY ("swapped_to_id") REFERENCES "public"."rentals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rentals" ADD CONSTRAINT "rentals_swap_of_id_rentals_id_fk" FOREIGN KEY ("swap_of_id") REFERENCES "public"."rentals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "rentals_next_notice_at_idx" ON "rentals" USING btree ("next_notice_at") WHERE status = 'active';--> statement-breakpoint
CREATE INDEX "rentals_power_bank_id_lost_idx" ON "rentals" USING btree ("power_bank_id") WHERE status = 'lost';--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_offer_check" CHECK (("payments"."purpose" = 'extension') = ("payments"."offer" is not null));--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_purpose_check" CHECK ("payments"."purpose" in ('deposit', 'top_up', 'debt', 'extension'));--> statement-breakpoint
ALTER TABLE "credit_notes" ADD CONSTRAINT "credit_notes_reason_check" CHECK ("credit_notes"."reason" in ('dispute', 'reversal', 'found'));--> statement-breakpoint
ALTER TABLE "rentals" ADD CONSTRAINT "rentals_lost_check" CHECK ("rentals"."status" <> 'lost' or ("rentals"."lost_at" is not null and "rentals"."total_tzs" = "rentals"."vat_tzs" + "rentals"."net_tzs" and "rentals"."lines" is not null));--> statement-breakpoint
UPDATE rentals SET next_notice_at = due_at - interval '30 minutes' WHERE status = 'active';
