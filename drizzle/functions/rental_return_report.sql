-- A renter says that the bank is back, and no record proves it. In: rentalId, userId, version, stationId, sight present | absent | full | offline,
-- pause? {fromMs, toMs}, dueAtMs (the end with that pause), actor, now, requestId. Out: status
--   stored {rental, isPaused}   paused by this report; a rental that is over, or was paused before, stays as it is
--   changed {rental}            the version moved on: read, price and call again
--   rental_unknown.
-- Without a pause somebody of staff has to look: a ticket, one per rental.
create or replace function rental_return_report(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_pause jsonb := nullif(input -> 'pause', 'null'::jsonb);
  v_due timestamptz := to_timestamp((input ->> 'dueAtMs')::bigint / 1000.0);
  v_rental rentals;
  v_is_paused boolean;
begin
  perform 1 from users where id = input ->> 'userId' for no key update;
  select * into v_rental from rentals where id = input ->> 'rentalId' and user_id = input ->> 'userId' for update;
  if not found then
    return '{"status": "rental_unknown"}';
  end if;
  if v_rental.status not in ('active', 'lost') then
    return jsonb_build_object('status', 'stored', 'rental', rental_json(v_rental), 'isPaused', false);
  end if;
  if v_rental.version <> (input ->> 'version')::int then
    return jsonb_build_object('status', 'changed', 'rental', rental_json(v_rental));
  end if;
  v_is_paused := v_pause is not null and v_rental.status = 'active' and jsonb_array_length(v_rental.pauses) = 0;
  if v_is_paused then
    update rentals set pauses = jsonb_build_array(v_pause), due_at = v_due, is_overdue = v_due <= v_now, reason = 'return_reported',
        version = version + 1, changed_at = v_now
      where id = v_rental.id returning * into v_rental;
  elsif input ->> 'sight' in ('present', 'absent') then
    perform internal_ticket('return_not_seen', 'return_not_seen:' || v_rental.id, 'A renter says that the power bank is back',
      input ->> 'stationId', null, v_rental.power_bank_id, v_rental.id, jsonb_build_object('sight', input ->> 'sight'),
      input ->> 'actor', v_now, input ->> 'requestId');
  end if;
  perform internal_audit(v_now, input ->> 'actor', 'return_reported', v_rental.id, jsonb_build_object('stationId', input ->> 'stationId',
    'sight', input ->> 'sight', 'isPaused', v_is_paused), input ->> 'requestId');
  return jsonb_build_object('status', 'stored', 'rental', rental_json(v_rental), 'isPaused', v_is_paused);
end $$;
