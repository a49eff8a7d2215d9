CREATE TABLE "eject_failures" (
	"command_id" text PRIMARY KEY NOT NULL,
	"station_id" text NOT NULL,
	"slot" integer NOT NULL,
	"power_bank_id" text NOT NULL,
	"kind" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"recorded_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "eject_failures_kind_check" CHECK ("eject_failures"."kind" in ('not_out', 'unknown', 'wrong_slot'))
);
--> statement-breakpoint
CREATE TABLE "staff_commands" (
	"id" text PRIMARY KEY NOT NULL,
	"station_id" text NOT NULL,
	"kind" text NOT NULL,
	"slot" integer,
	"power_bank_id" text,
	"is_confirmed" boolean NOT NULL,
	"reason" text NOT NULL,
	"actor" text NOT NULL,
	"state" text NOT NULL,
	"result" text,
	"created_at" timestamp(3) with time zone NOT NULL,
	"changed_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "staff_commands_kind_check" CHECK ("staff_commands"."kind" in ('open', 'lock', 'unlock', 'refresh', 'reboot')),
	CONSTRAINT "staff_commands_state_check" CHECK ("staff_commands"."state" in ('requested', 'sent', 'done', 'failed', 'unknown', 'refused'))
);
--> statement-breakpoint
CREATE TABLE "station_alerts" (
	"event_key" text PRIMARY KEY NOT NULL,
	"station_id" text NOT NULL,
	"alert" text NOT NULL,
	"slot" integer,
	"power_bank_id" text,
	"detail" text,
	"at" timestamp(3) with time zone NOT NULL,
	"recorded_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "station_slots" (
	"station_id" text NOT NULL,
	"slot" integer NOT NULL,
	"state" text NOT NULL,
	"reason" text NOT NULL,
	"changed_by" text NOT NULL,
	"changed_at" timestamp(3) with time zone NOT NULL,
	"released_version" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "station_slots_pkey" PRIMARY KEY("station_id","slot"),
	CONSTRAINT "station_slots_state_check" CHECK ("station_slots"."state" in ('in_service', 'locked', 'out_of_service', 'quarantined')),
	CONSTRAINT "station_slots_slot_check" CHECK ("station_slots"."slot" between 1 and 64)
);
--> statement-breakpoint
CREATE TABLE "ticket_notes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ticket_notes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"ticket_id" text NOT NULL,
	"author" text NOT NULL,
	"body" text NOT NULL,
	"parts" jsonb NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "ticket_notes_body_check" CHECK (char_length("ticket_notes"."body") between 1 and 2000)
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"title" text NOT NULL,
	"detail" jsonb NOT NULL,
	"station_id" text,
	"slot" integer,
	"power_bank_id" text,
	"rental_id" text,
	"assigned_to" text,
	"opened_by" text NOT NULL,
	"dedupe_key" text,
	"occurrences" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"changed_at" timestamp(3) with time zone NOT NULL,
	"closed_at" timestamp(3) with time zone,
	"closed_by" text,
	CONSTRAINT "tickets_state_check" CHECK ("tickets"."state" in ('open', 'in_progress', 'done', 'dropped')),
	CONSTRAINT "tickets_closed_check" CHECK (("tickets"."state" in ('done', 'dropped')) = ("tickets"."closed_at" is not null)),
	CONSTRAINT "tickets_title_check" CHECK (char_length("tickets"."title") between 1 and 200)
);
--> statement-breakpoint
ALTER TABLE "custody" DROP CONSTRAINT "custody_outcome_check";--> statement-breakpoint
ALTER TABLE "power_banks" DROP CONSTRAINT "power_banks_slot_check";--> statement-breakpoint
ALTER TABLE "power_banks" ADD COLUMN "cycles" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "power_banks" ADD COLUMN "is_out_of_service" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "power_banks" ADD COLUMN "service_reason" text;--> statement-breakpoint
ALTER TABLE "power_banks" ADD COLUMN "held_by" text;--> statement-breakpoint
ALTER TABLE "stations" ADD COLUMN "opening_hours" jsonb;--> statement-breakpoint
ALTER TABLE "stations" ADD COLUMN "retired_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "eject_failures" ADD CONSTRAINT "eject_failures_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "staff_commands" ADD CONSTRAINT "staff_commands_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "station_alerts" ADD CONSTRAINT "station_alerts_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "station_slots" ADD CONSTRAINT "station_slots_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_notes" ADD CONSTRAINT "ticket_notes_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_assigned_to_users_id_fk" FOREIGN KEY ("assigned_to") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "eject_failures_station_id_slot_at_idx" ON "eject_failures" USING btree ("station_id","slot","at");--> statement-breakpoint
CREATE INDEX "eject_failures_power_bank_id_at_idx" ON "eject_failures" USING btree ("power_bank_id","at");--> statement-breakpoint
CREATE INDEX "staff_commands_station_id_id_idx" ON "staff_commands" USING btree ("station_id","id");--> statement-breakpoint
CREATE INDEX "station_alerts_station_id_at_idx" ON "station_alerts" USING btree ("station_id","at");--> statement-breakpoint
CREATE INDEX "ticket_notes_ticket_id_id_idx" ON "ticket_notes" USING btree ("ticket_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "tickets_dedupe_key_open_key" ON "tickets" USING btree ("dedupe_key") WHERE state in ('open', 'in_progress');--> statement-breakpoint
CREATE INDEX "tickets_open_idx" ON "tickets" USING btree ("id") WHERE state in ('open', 'in_progress');--> statement-breakpoint
CREATE INDEX "tickets_station_id_id_idx" ON "tickets" USING btree ("station_id","id");--> statement-breakpoint
CREATE INDEX "tickets_power_bank_id_id_idx" ON "tickets" USING btree ("power_bank_id","id");--> statement-breakpoint
CREATE INDEX "tickets_assigned_to_id_idx" ON "tickets" USING btree ("assigned_to","id");--> statement-breakpoint
ALTER TABLE "power_banks" ADD CONSTRAINT "power_banks_held_by_users_id_fk" FOREIGN KEY ("held_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "custody_station_id_at_idx" ON "custody" USING btree ("station_id","at");--> statement-breakpoint
CREATE INDEX "custody_unknown_idx" ON "custody" USING btree ("station_id","power_bank_id") WHERE outcome = 'unknown_bank';--> statement-breakpoint
CREATE INDEX "power_banks_place_id_idx" ON "power_banks" USING btree ("place","id");--> statement-breakpoint
CREATE INDEX "power_banks_out_of_service_idx" ON "power_banks" USING btree ("id") WHERE is_out_of_service;--> statement-breakpoint
ALTER TABLE "custody" ADD CONSTRAINT "custody_outcome_check" CHECK ("custody"."outcome" in ('opened', 'left_late', 'taken', 'closes', 'stale', 'unmatched', 'unknown_bank', 'retired_bank', 'moved', 'placed'));--> statement-breakpoint
ALTER TABLE "power_banks" ADD CONSTRAINT "power_banks_held_by_check" CHECK ("power_banks"."held_by" is null or "power_banks"."place" = 'depot');--> statement-breakpoint
ALTER TABLE "power_banks" ADD CONSTRAINT "power_banks_service_reason_check" CHECK ("power_banks"."is_out_of_service" = ("power_banks"."service_reason" is not null));--> statement-breakpoint
ALTER TABLE "power_banks" ADD CONSTRAINT "power_banks_slot_check" CHECK (case "power_banks"."place" when 'slot' then "power_banks"."station_id" is not null and "power_banks"."slot" is not null
        when 'retired' then ("power_banks"."station_id" is null) = ("power_banks"."slot" is null) else "power_banks"."station_id" is null and "power_banks"."slot" is null end);