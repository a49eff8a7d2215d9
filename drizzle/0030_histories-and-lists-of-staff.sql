CREATE INDEX "tickets_state_id_idx" ON "tickets" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "tickets_kind_id_idx" ON "tickets" USING btree ("kind","id");--> statement-breakpoint
CREATE INDEX "credit_notes_user_id_id_idx" ON "credit_notes" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "custody_power_bank_id_boot_id_idx" ON "custody" USING btree ("power_bank_id","boot_id");