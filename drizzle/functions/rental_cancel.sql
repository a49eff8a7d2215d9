-- Cancels a rental before its bank left. In: rentalId, userId? (only that renter's), from [statuses], reason, messageId,
-- actor, projection?, stationId?, now, requestId. Out: cancelled (also when it was) | not_cancellable | rental_unknown.
create or replace function rental_cancel(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_rental rentals;
begin
  select * into v_rental from rentals
    where id = input ->> 'rentalId' and (input ->> 'userId' is null or user_id = input ->> 'userId');
  if not found then
    return '{"status": "rental_unknown"}';
  end if;
  perform 1 from users where id = v_rental.user_id for no key update;
  select * into v_rental from rentals where id = v_rental.id for update;
  if input ->> 'stationId' is not null then
    perform internal_projection(input ->> 'stationId', input -> 'projection', v_now);
  end if;
  if v_rental.status = 'cancelled' then
    return jsonb_build_object('status', 'cancelled', 'isRepeat', true, 'rental', rental_json(v_rental));
  end if;
  if not (input -> 'from') ? v_rental.status then
    return jsonb_build_object('status', 'not_cancellable', 'rental', rental_json(v_rental));
  end if;
  v_rental := internal_rental_cancel(v_rental, input ->> 'reason', input ->> 'messageId', input ->> 'actor', v_now, input ->> 'requestId');
  return jsonb_build_object('status', 'cancelled', 'isRepeat', false, 'rental', rental_json(v_rental));
end $$;
