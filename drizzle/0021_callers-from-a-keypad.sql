CREATE TABLE "withdrawal_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"amount_tzs" bigint NOT NULL,
	"provider" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"not_before" timestamp(3) with time zone NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "withdrawal_requests_state_check" CHECK ("withdrawal_requests"."state" in ('waiting', 'done', 'refused')),
	CONSTRAINT "withdrawal_requests_amount_tzs_check" CHECK ("withdrawal_requests"."amount_tzs" between 1 and 5000000)
);
--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "prompt_due_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "prompt_token" text;--> statement-breakpoint
ALTER TABLE "rentals" ADD COLUMN "return_code" text;--> statement-breakpoint
ALTER TABLE "withdrawal_requests" ADD CONSTRAINT "withdrawal_requests_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "withdrawal_requests_not_before_idx" ON "withdrawal_requests" USING btree ("not_before") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "withdrawal_requests_user_id_id_idx" ON "withdrawal_requests" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "payments_prompt_due_at_idx" ON "payments" USING btree ("prompt_due_at") WHERE prompt_due_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "rentals_return_code_active_key" ON "rentals" USING btree ("return_code") WHERE status = 'active';--> statement-breakpoint
CREATE INDEX "rentals_return_code_id_idx" ON "rentals" USING btree ("return_code","id") WHERE return_code is not null;--> statement-breakpoint
ALTER TABLE "rentals" ADD CONSTRAINT "rentals_return_code_check" CHECK ("rentals"."return_code" ~ '^[0-9]{6}$');