ALTER TABLE "suspense_items" DROP CONSTRAINT "suspense_items_resolution_check";--> statement-breakpoint
ALTER TABLE "suspense_items" ADD COLUMN "dismissal_asked_by" text;--> statement-breakpoint
CREATE UNIQUE INDEX "payments_provider_reference_key" ON "payments" USING btree ("provider_reference") WHERE state = 'succeeded';--> statement-breakpoint
ALTER TABLE "suspense_items" ADD CONSTRAINT "suspense_items_resolution_check" CHECK ("suspense_items"."resolution" in ('refunded', 'credited', 'dismissed'));