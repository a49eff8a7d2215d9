-- Somebody of staff opens a ticket. In: ticketId, title, body?, stationId?, slot?, powerBankId?, rentalId?, staffId, use, now, requestId. Out: opened |
-- replayed {ticket} | station_unknown | idempotency_mismatch | forbidden.
create or replace function ticket_open(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_ticket tickets;
  v_used text;
begin
  if not internal_staff_may(input ->> 'staffId', '{agent,support,admin}') then
    return '{"status": "forbidden"}';
  end if;
  v_used := internal_key(v_actor, input -> 'use');
  if v_used = 'idempotency_mismatch' then
    return '{"status": "idempotency_mismatch"}';
  elsif v_used is not null then
    return (select jsonb_build_object('status', 'replayed', 'ticket', ticket_json(t)) from tickets t where t.id = v_used);
  end if;
  if input ->> 'stationId' is not null and not exists (select from stations where id = input ->> 'stationId') then
    return '{"status": "station_unknown"}';
  end if;
  insert into tickets (id, kind, state, title, detail, station_id, slot, power_bank_id, rental_id, opened_by, created_at, changed_at)
    values (input ->> 'ticketId', 'manual', 'open', input ->> 'title', '{}', input ->> 'stationId', (input ->> 'slot')::int, input ->> 'powerBankId',
      input ->> 'rentalId', v_actor, v_now, v_now)
    returning * into v_ticket;
  if input ->> 'body' is not null then
    insert into ticket_notes (ticket_id, author, body, parts, at) values (v_ticket.id, v_actor, input ->> 'body', '[]', v_now);
  end if;
  perform internal_key_keep(v_actor, input -> 'use', v_ticket.id, v_now);
  perform internal_audit(v_now, v_actor, 'ticket_opened', v_ticket.id, jsonb_build_object('kind', 'manual', 'stationId', v_ticket.station_id,
    'slot', v_ticket.slot, 'powerBankId', v_ticket.power_bank_id, 'rentalId', v_ticket.rental_id), input ->> 'requestId');
  return jsonb_build_object('status', 'opened', 'ticket', ticket_json(v_ticket));
end $$;
