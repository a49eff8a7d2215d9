-- Another bank instead of a bad one: a successor rental takes over the whole hold, and the first one's bank goes back for nothing. In: rentalId,
-- successorId, cause, userId, key {route, key, bodyHash}, actor, now, requestId. Out: status
--   replayed {rental} | idempotency_mismatch   this key was used before; rental is the successor
--   dispensing {rental}                         the successor
--   swap_unavailable                            too late, not the first time, or no free return is left for this day
--   rental_not_active | rental_unknown | account_suspended | account_closed | forbidden | station_unavailable | station_offline | no_power_bank |
--   unauthenticated: nothing was written.
create or replace function rental_swap(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := input ->> 'actor';
  v_user users;
  v_key idempotency_keys;
  v_rental rentals;
  v_next rentals;
  v_projection station_projections;
  v_bank power_banks;
  v_hold bigint;
  v_used int;
begin
  select * into v_user from users where id = input ->> 'userId' for no key update;
  if not found then
    return '{"status": "unauthenticated"}';
  end if;
  select * into v_rental from rentals where id = input ->> 'rentalId' and user_id = v_user.id for update;
  if not found then
    return '{"status": "rental_unknown"}';
  end if;
  select * into v_key from idempotency_keys where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}';
  if found then
    select * into v_next from rentals where id = v_key.created_id;
    if v_key.body_hash <> input #>> '{key,bodyHash}' or v_next.swap_of_id is distinct from v_rental.id then
      return '{"status": "idempotency_mismatch"}';
    end if;
    return jsonb_build_object('status', 'replayed', 'rental', rental_json(v_next));
  end if;
  if v_user.state <> 'active' then
    return jsonb_build_object('status', case v_user.state when 'suspended' then 'account_suspended'
      when 'closed' then 'account_closed' else 'forbidden' end);
  end if;
  -- Its bank may be in a slot already; then its return is on its way to be settled.
  select * into v_bank from power_banks where id = v_rental.power_bank_id for update;
  if v_rental.status <> 'active' or v_rental.swapped_to_id is not null
      or exists (select from custody where rental_id = v_rental.id and direction = 'in' and outcome = 'closes') then
    return '{"status": "rental_not_active"}';
  end if;
  -- A swap uses one of the free returns of a day, whether its bank is back or not.
  select count(*) into v_used from rentals r where r.user_id = v_user.id and r.id <> v_rental.id
    and (r.is_free_return and r.swapped_at is null and internal_local_day(r.ended_at) = internal_local_day(v_now)
      or internal_local_day(r.swapped_at) = internal_local_day(v_now));
  if v_now > v_rental.started_at + make_interval(mins => (v_rental.tariff ->> 'freeReturnMinutes')::int) or not v_rental.counts_toward_limit
      or v_used >= (v_rental.tariff ->> 'freeReturnsPerDay')::int then
    return '{"status": "swap_unavailable"}';
  end if;
  perform 1 from stations where id = v_rental.station_id and is_in_service;
  if not found then
    return '{"status": "station_unavailable"}';
  end if;
  select * into v_projection from station_projections where station_id = v_rental.station_id;
  if found and not v_projection.is_online then
    return '{"status": "station_offline"}';
  end if;
  if found and v_projection.free_banks = 0 then
    return '{"status": "no_power_bank"}';
  end if;

  -- Before the successor, which is the one that counts now.
  update rentals set swapped_at = v_now, counts_toward_limit = false, version = version + 1, reason = 'swapped', changed_at = v_now
    where id = v_rental.id;
  insert into rentals (id, user_id, station_id, status, reason, tariff_id, tariff, deposit_tzs, opened_at, last_action_at, swap_of_id, changed_at)
    values (input ->> 'successorId', v_user.id, v_rental.station_id, 'dispensing', 'swap', v_rental.tariff_id, v_rental.tariff,
      v_rental.deposit_tzs, v_now, v_now, v_rental.id, v_now)
    returning * into v_next;
  update rentals set swapped_to_id = v_next.id where id = v_rental.id returning * into v_rental;
  v_hold := ledger_balance('user_hold:' || v_rental.id);
  perform ledger_post('rental:' || v_next.id || ':hold', 'rental_swapped', v_now, v_now,
    array['user_hold:' || v_rental.id, 'user_hold:' || v_next.id], array[v_hold, -v_hold]);
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', v_next.id, v_now);
  -- Somebody has to look at it before the next renter gets it.
  perform internal_ticket('bad_bank', 'bad_bank:' || v_rental.power_bank_id, 'A renter swapped this power bank', v_rental.station_id, v_rental.slot,
    v_rental.power_bank_id, v_rental.id, jsonb_build_object('cause', input ->> 'cause'), v_actor, v_now, input ->> 'requestId');
  perform internal_bank_service(v_bank, 'swapped by a renter: ' || (input ->> 'cause'), v_actor, v_now, input ->> 'requestId');
  perform internal_audit(v_now, v_actor, 'rental_swapped', v_rental.id, jsonb_build_object('successorId', v_next.id, 'holdTzs', v_hold, 'cause', input ->> 'cause'),
    input ->> 'requestId');
  return jsonb_build_object('status', 'dispensing', 'rental', rental_json(v_next));
end $$;
