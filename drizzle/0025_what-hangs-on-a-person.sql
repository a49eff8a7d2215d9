CREATE INDEX "tickets_rental_id_id_idx" ON "tickets" USING btree ("rental_id","id") WHERE rental_id is not null;--> statement-breakpoint
CREATE INDEX "message_reports_message_id_idx" ON "message_reports" USING btree ("message_id") WHERE message_id is not null;--> statement-breakpoint
CREATE INDEX "suspense_items_payment_id_idx" ON "suspense_items" USING btree ("payment_id");