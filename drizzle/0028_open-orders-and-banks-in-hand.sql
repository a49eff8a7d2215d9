CREATE INDEX "staff_commands_open_idx" ON "staff_commands" USING btree ("id") WHERE state in ('requested', 'sent');--> statement-breakpoint
CREATE INDEX "users_staff_idx" ON "users" USING btree ("id") WHERE role <> 'renter';
--> statement-breakpoint
-- Whoever moves a bank on, by whatever function, ends its time in a technician's hands.
create function power_banks_leave_hands() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  new.held_by := null;
  return new;
end $$;
--> statement-breakpoint
create trigger power_banks_leave_hands before update on power_banks
  for each row when (new.place <> 'depot' and new.held_by is not null) execute function power_banks_leave_hands();
