CREATE TABLE "custody" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "custody_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"event_key" text NOT NULL,
	"power_bank_id" text NOT NULL,
	"station_id" text NOT NULL,
	"slot" integer NOT NULL,
	"direction" text NOT NULL,
	"boot_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"evidence" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"outcome" text NOT NULL,
	"rental_id" text,
	"recorded_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "custody_event_key_key" UNIQUE("event_key"),
	CONSTRAINT "custody_direction_check" CHECK ("custody"."direction" in ('in', 'out')),
	CONSTRAINT "custody_outcome_check" CHECK ("custody"."outcome" in ('opened', 'left_late', 'closes', 'stale', 'unmatched', 'unknown_bank', 'retired_bank'))
);
--> statement-breakpoint
CREATE TABLE "rentals" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"station_id" text NOT NULL,
	"status" text NOT NULL,
	"reason" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"tariff_id" text NOT NULL,
	"tariff" jsonb NOT NULL,
	"currency" text DEFAULT 'TZS' NOT NULL,
	"deposit_tzs" bigint NOT NULL,
	"counts_toward_limit" boolean DEFAULT true NOT NULL,
	"opened_at" timestamp(3) with time zone NOT NULL,
	"last_action_at" timestamp(3) with time zone NOT NULL,
	"lease_expires_at" timestamp(3) with time zone,
	"power_bank_id" text,
	"slot" integer,
	"command_id" text,
	"started_at" timestamp(3) with time zone,
	"due_at" timestamp(3) with time zone,
	"is_overdue" boolean DEFAULT false NOT NULL,
	"is_disputed" boolean DEFAULT false NOT NULL,
	"extensions" jsonb DEFAULT '[]' NOT NULL,
	"pauses" jsonb DEFAULT '[]' NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"return_station_id" text,
	"return_slot" integer,
	"return_event_key" text,
	"is_free_return" boolean DEFAULT false NOT NULL,
	"lines" jsonb,
	"total_tzs" bigint,
	"vat_tzs" bigint,
	"net_tzs" bigint,
	"closed_at" timestamp(3) with time zone,
	"changed_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "rentals_status_check" CHECK ("rentals"."status" in ('awaiting_payment', 'dispensing', 'active', 'completed', 'cancelled', 'lost', 'swapped')),
	CONSTRAINT "rentals_currency_check" CHECK ("rentals"."currency" = 'TZS'),
	CONSTRAINT "rentals_deposit_tzs_check" CHECK ("rentals"."deposit_tzs" >= 0),
	CONSTRAINT "rentals_active_check" CHECK ("rentals"."status" not in ('active', 'completed', 'lost') or ("rentals"."power_bank_id" is not null and "rentals"."started_at" is not null and "rentals"."due_at" is not null)),
	CONSTRAINT "rentals_completed_check" CHECK ("rentals"."status" <> 'completed' or ("rentals"."ended_at" is not null and "rentals"."total_tzs" = "rentals"."vat_tzs" + "rentals"."net_tzs" and "rentals"."lines" is not null))
);
--> statement-breakpoint
ALTER TABLE "custody" ADD CONSTRAINT "custody_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "custody" ADD CONSTRAINT "custody_rental_id_rentals_id_fk" FOREIGN KEY ("rental_id") REFERENCES "public"."rentals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rentals" ADD CONSTRAINT "rentals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rentals" ADD CONSTRAINT "rentals_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rentals" ADD CONSTRAINT "rentals_tariff_id_tariffs_id_fk" FOREIGN KEY ("tariff_id") REFERENCES "public"."tariffs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rentals" ADD CONSTRAINT "rentals_return_station_id_stations_id_fk" FOREIGN KEY ("return_station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "custody_power_bank_id_at_idx" ON "custody" USING btree ("power_bank_id","at","id");--> statement-breakpoint
CREATE INDEX "custody_rental_id_idx" ON "custody" USING btree ("rental_id");--> statement-breakpoint
CREATE UNIQUE INDEX "rentals_user_id_open_key" ON "rentals" USING btree ("user_id") WHERE status in ('awaiting_payment', 'dispensing', 'active') and counts_toward_limit;--> statement-breakpoint
CREATE UNIQUE INDEX "rentals_power_bank_id_open_key" ON "rentals" USING btree ("power_bank_id") WHERE status = 'active';--> statement-breakpoint
CREATE UNIQUE INDEX "rentals_return_event_key_key" ON "rentals" USING btree ("return_event_key") WHERE return_event_key is not null;--> statement-breakpoint
CREATE INDEX "rentals_user_id_id_idx" ON "rentals" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "rentals_user_id_free_returns_idx" ON "rentals" USING btree ("user_id","ended_at") WHERE is_free_return;--> statement-breakpoint
CREATE INDEX "rentals_pending_idx" ON "rentals" USING btree ("changed_at") WHERE status in ('awaiting_payment', 'dispensing');--> statement-breakpoint
CREATE INDEX "rentals_due_at_idx" ON "rentals" USING btree ("due_at") WHERE status = 'active' and not is_overdue;--> statement-breakpoint
CREATE INDEX "rentals_station_id_open_idx" ON "rentals" USING btree ("station_id") WHERE status in ('awaiting_payment', 'dispensing', 'active');