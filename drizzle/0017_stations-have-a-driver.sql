ALTER TABLE "custody" DROP CONSTRAINT "custody_outcome_check";--> statement-breakpoint
ALTER TABLE "stations" ADD COLUMN "driver" text DEFAULT 'protocol1' NOT NULL;--> statement-breakpoint
ALTER TABLE "stations" ADD COLUMN "vendor_id" text;--> statement-breakpoint
CREATE UNIQUE INDEX "stations_driver_vendor_id_key" ON "stations" USING btree ("driver","vendor_id") WHERE vendor_id is not null;--> statement-breakpoint
ALTER TABLE "custody" ADD CONSTRAINT "custody_outcome_check" CHECK ("custody"."outcome" in ('opened', 'left_late', 'taken', 'closes', 'stale', 'unmatched', 'unknown_bank', 'retired_bank'));--> statement-breakpoint
ALTER TABLE "stations" ADD CONSTRAINT "stations_driver_check" CHECK ("stations"."driver" in ('protocol1', 'chargenow', 'volinks'));--> statement-breakpoint
ALTER TABLE "stations" ADD CONSTRAINT "stations_vendor_id_check" CHECK (("stations"."driver" = 'protocol1') = ("stations"."vendor_id" is null) and "stations"."vendor_id" ~ '^[A-Za-z0-9_-]{1,40}$');