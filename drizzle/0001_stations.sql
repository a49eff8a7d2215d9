CREATE TABLE "power_banks" (
	"id" text PRIMARY KEY NOT NULL,
	"place" text NOT NULL,
	"station_id" text,
	"slot" integer,
	"updated_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "power_banks_id_check" CHECK ("power_banks"."id" ~ '^[A-Za-z0-9_-]{1,40}$'),
	CONSTRAINT "power_banks_place_check" CHECK ("power_banks"."place" in ('depot', 'slot', 'rented', 'lost', 'missing', 'retired')),
	CONSTRAINT "power_banks_slot_check" CHECK (("power_banks"."place" = 'slot') = ("power_banks"."station_id" is not null and "power_banks"."slot" is not null))
);
--> statement-breakpoint
CREATE TABLE "station_keys" (
	"station_id" text NOT NULL,
	"key_id" text NOT NULL,
	"public_x" text NOT NULL,
	"is_retired" boolean DEFAULT false NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "station_keys_pkey" PRIMARY KEY("station_id","key_id")
);
--> statement-breakpoint
CREATE TABLE "station_projections" (
	"station_id" text PRIMARY KEY NOT NULL,
	"version" bigint NOT NULL,
	"free_banks" integer NOT NULL,
	"free_slots" integer NOT NULL,
	"is_online" boolean NOT NULL,
	"seen_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stations" (
	"id" text PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"address" text NOT NULL,
	"latitude" double precision NOT NULL,
	"longitude" double precision NOT NULL,
	"tariff_id" text NOT NULL,
	"slot_count" integer NOT NULL,
	"is_in_service" boolean DEFAULT true NOT NULL,
	"max_temperature_c" integer DEFAULT 45 NOT NULL,
	"heartbeat_seconds" integer DEFAULT 25 NOT NULL,
	"locked_slots" integer[] DEFAULT '{}' NOT NULL,
	"config_version" integer DEFAULT 1 NOT NULL,
	"confirmed_version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "stations_code_key" UNIQUE("code"),
	CONSTRAINT "stations_code_check" CHECK ("stations"."code" ~ '^[0-9]{4,6}$'),
	CONSTRAINT "stations_slot_count_check" CHECK ("stations"."slot_count" between 1 and 64)
);
--> statement-breakpoint
CREATE TABLE "tariffs" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"terms" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "tariffs_name_version_key" UNIQUE("name","version")
);
--> statement-breakpoint
CREATE TABLE "vat_rates" (
	"effective_from" date PRIMARY KEY NOT NULL,
	"percent" numeric(5, 2) NOT NULL,
	CONSTRAINT "vat_rates_percent_check" CHECK ("vat_rates"."percent" >= 0 and "vat_rates"."percent" < 100)
);
--> statement-breakpoint
ALTER TABLE "power_banks" ADD CONSTRAINT "power_banks_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "station_keys" ADD CONSTRAINT "station_keys_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "station_projections" ADD CONSTRAINT "station_projections_station_id_stations_id_fk" FOREIGN KEY ("station_id") REFERENCES "public"."stations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stations" ADD CONSTRAINT "stations_tariff_id_tariffs_id_fk" FOREIGN KEY ("tariff_id") REFERENCES "public"."tariffs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "power_banks_station_id_idx" ON "power_banks" USING btree ("station_id");--> statement-breakpoint
CREATE INDEX "stations_config_idx" ON "stations" USING btree ("id") WHERE config_version > confirmed_version;