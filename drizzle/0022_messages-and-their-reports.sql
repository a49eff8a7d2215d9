CREATE TABLE "message_reports" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "message_reports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"provider" text NOT NULL,
	"provider_reference" text NOT NULL,
	"message_id" text,
	"outcome" text NOT NULL,
	"status_word" text NOT NULL,
	"reason" text,
	"received_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "message_reports_provider_provider_reference_status_word_key" UNIQUE("provider","provider_reference","status_word"),
	CONSTRAINT "message_reports_outcome_check" CHECK ("message_reports"."outcome" in ('pending', 'delivered', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "messages" DROP CONSTRAINT "messages_state_check";--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "expires_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "rental_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "provider" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "delivery" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "delivery_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "delivery_reason" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "resent_as" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "quiet_from_minute" smallint DEFAULT 1320;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "quiet_to_minute" smallint DEFAULT 360;--> statement-breakpoint
ALTER TABLE "message_reports" ADD CONSTRAINT "message_reports_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "message_reports_received_at_idx" ON "message_reports" USING btree ("received_at");--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_rental_id_rentals_id_fk" FOREIGN KEY ("rental_id") REFERENCES "public"."rentals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_resent_as_fkey" FOREIGN KEY ("resent_as") REFERENCES "public"."messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "messages_user_id_claimed_at_idx" ON "messages" USING btree ("user_id","claimed_at") WHERE claimed_at is not null;--> statement-breakpoint
CREATE INDEX "messages_provider_reference_idx" ON "messages" USING btree ("provider_reference") WHERE provider_reference is not null;--> statement-breakpoint
CREATE INDEX "messages_trouble_idx" ON "messages" USING btree ("id") WHERE (state in ('failed', 'unknown') or delivery = 'failed') and resent_as is null;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_delivery_check" CHECK ("messages"."delivery" in ('pending', 'delivered', 'failed'));--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_state_check" CHECK ("messages"."state" in ('queued', 'sending', 'sent', 'failed', 'unknown', 'skipped'));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_quiet_check" CHECK (("users"."quiet_from_minute" is null) = ("users"."quiet_to_minute" is null) and "users"."quiet_from_minute" between 0 and 1439
        and "users"."quiet_to_minute" between 0 and 1439 and "users"."quiet_from_minute" <> "users"."quiet_to_minute");