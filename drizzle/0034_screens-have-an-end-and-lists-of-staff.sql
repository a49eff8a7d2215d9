ALTER TABLE "staff_commands" DROP CONSTRAINT "staff_commands_kind_check";--> statement-breakpoint
ALTER TABLE "staff_commands" ADD COLUMN "show_until" timestamp(3) with time zone;--> statement-breakpoint
CREATE INDEX "audit_log_staff_id_idx" ON "audit_log" USING btree ("id") WHERE actor like 'staff:%';--> statement-breakpoint
CREATE INDEX "audit_log_staff_actor_id_idx" ON "audit_log" USING btree ("actor","id") WHERE actor like 'staff:%';--> statement-breakpoint
CREATE INDEX "audit_log_staff_action_id_idx" ON "audit_log" USING btree ("action","id") WHERE actor like 'staff:%';--> statement-breakpoint
CREATE INDEX "audit_log_at_idx" ON "audit_log" USING brin ("at") WITH (autosummarize=true,pages_per_range=8);--> statement-breakpoint
CREATE INDEX "power_banks_held_by_id_idx" ON "power_banks" USING btree ("held_by","id") WHERE held_by is not null;--> statement-breakpoint
ALTER TABLE "staff_commands" ADD CONSTRAINT "staff_commands_show_until_check" CHECK (("staff_commands"."kind" = 'screen') = ("staff_commands"."show_until" is not null));--> statement-breakpoint
ALTER TABLE "staff_commands" ADD CONSTRAINT "staff_commands_kind_check" CHECK ("staff_commands"."kind" in ('open', 'lock', 'unlock', 'refresh', 'reboot', 'screen'));