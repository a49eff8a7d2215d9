-- Opens a ticket about something that went wrong by itself, in the transaction of the fact; while one of the same key is open, the
-- trouble only counts there. Answers the ticket's id. Any of station, slot, bank, rental may be null; p_detail is a JSON object.
create or replace function internal_ticket(
  p_kind text, p_dedupe_key text, p_title text, p_station_id text, p_slot int, p_power_bank_id text, p_rental_id text, p_detail jsonb,
  p_actor text, p_now timestamptz, p_request_id text
) returns text language plpgsql set search_path = public, pg_temp as $$
declare
  v_ticket tickets;
begin
  insert into tickets (id, kind, state, title, detail, station_id, slot, power_bank_id, rental_id, opened_by, dedupe_key, created_at, changed_at)
    values (internal_id('mnt', p_now), p_kind, 'open', p_title, coalesce(p_detail, '{}'), p_station_id, p_slot, p_power_bank_id, p_rental_id,
      p_actor, p_dedupe_key, p_now, p_now)
    on conflict (dedupe_key) where state in ('open', 'in_progress')
      do update set occurrences = tickets.occurrences + 1, detail = tickets.detail || excluded.detail, changed_at = excluded.changed_at
    returning * into v_ticket;
  if v_ticket.occurrences = 1 then
    perform internal_audit(p_now, p_actor, 'ticket_opened', v_ticket.id,
      jsonb_build_object('kind', p_kind, 'stationId', p_station_id, 'slot', p_slot, 'powerBankId', p_power_bank_id, 'rentalId', p_rental_id), p_request_id);
  end if;
  return v_ticket.id;
end $$;
