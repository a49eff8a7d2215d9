-- Ends a rental whose bank is lost, with the bill that `quote` made. In: rentalId, userId? (only that renter's), key? {route, key, bodyHash},
-- version, at, isReported, cause, lines, totalTzs, vatTzs, netTzs, vatPercent, receiptId, receiptToken, messageId, actor, now, requestId. Out: status
--   replayed {rental} | idempotency_mismatch   this key was used before
--   lost {rental, isRepeat}
--   returned {rental}                           its bank is in a slot already: the return is on its way to be settled
--   changed {rental}                            the version moved on: read, price and call again
--   rental_not_active {rental} | rental_unknown.
-- Money: the whole hold, then the wallet, then debt pay the total; what is left of the hold goes back to the wallet.
create or replace function rental_lose(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_at timestamptz := (input ->> 'at')::timestamptz;
  v_total bigint := (input ->> 'totalTzs')::bigint;
  v_vat bigint := (input ->> 'vatTzs')::bigint;
  v_net bigint := (input ->> 'netTzs')::bigint;
  v_key idempotency_keys;
  v_rental rentals;
  v_hold bigint;
  v_wallet bigint;
  v_from_wallet bigint;
  v_debt bigint;
  v_refund bigint;
  v_sums record;
begin
  select r.* into v_rental from users u join rentals r on r.user_id = u.id
    where r.id = input ->> 'rentalId' and (input ->> 'userId' is null or r.user_id = input ->> 'userId') for no key update of u, r;
  if not found then
    return '{"status": "rental_unknown"}';
  end if;
  select * into v_key from idempotency_keys
    where actor = input ->> 'actor' and route = input #>> '{key,route}' and key = input #>> '{key,key}';
  if found then
    if v_key.body_hash <> input #>> '{key,bodyHash}' or v_key.created_id <> v_rental.id then
      return '{"status": "idempotency_mismatch"}';
    end if;
    return jsonb_build_object('status', 'replayed', 'rental', rental_json(v_rental));
  end if;
  if v_rental.status = 'lost' and v_rental.lost_at = v_at and input #>> '{key,key}' is null then
    return jsonb_build_object('status', 'lost', 'isRepeat', true, 'rental', rental_json(v_rental));
  end if;
  if v_rental.status <> 'active' then
    return jsonb_build_object('status', 'rental_not_active', 'rental', rental_json(v_rental));
  end if;
  -- Movements of the bank follow each other on its row; one that closes this rental is stored before it is settled.
  perform 1 from power_banks where id = v_rental.power_bank_id for update;
  if exists (select from custody where rental_id = v_rental.id and direction = 'in' and outcome = 'closes') then
    return jsonb_build_object('status', 'returned', 'rental', rental_json(v_rental));
  end if;
  if v_rental.version <> (input ->> 'version')::int then
    return jsonb_build_object('status', 'changed', 'rental', rental_json(v_rental));
  end if;

  select coalesce(sum((line ->> 'grossTzs')::bigint), 0) as gross, coalesce(sum((line ->> 'netTzs')::bigint), 0) as net,
      coalesce(sum((line ->> 'vatTzs')::bigint), 0) as vat,
      array_agg('revenue_' || case line ->> 'kind' when 'base' then 'rental' else line ->> 'kind' end) as codes,
      array_agg(-(line ->> 'netTzs')::bigint) as amounts
    into v_sums from jsonb_array_elements(input -> 'lines') as line;
  if v_sums.gross <> v_total or v_sums.net <> v_net or v_sums.vat <> v_vat or v_net + v_vat <> v_total or v_total < 0 then
    raise exception 'the lines of the bill do not add up' using errcode = 'CP002';
  end if;
  v_hold := ledger_balance('user_hold:' || v_rental.id);
  v_wallet := ledger_balance('user_wallet:' || v_rental.user_id);
  v_refund := greatest(0, v_hold - v_total);
  v_from_wallet := least(v_wallet, greatest(0, v_total - v_hold));
  v_debt := greatest(0, v_total - v_hold - v_from_wallet);
  perform ledger_post('rental:' || v_rental.id || ':lost', 'rental_lost', v_at, v_now,
    array['user_hold:' || v_rental.id, 'user_wallet:' || v_rental.user_id, 'user_debt:' || v_rental.user_id, 'vat_output'] || coalesce(v_sums.codes, '{}'),
    array[v_hold, v_from_wallet - v_refund, v_debt, -v_vat] || coalesce(v_sums.amounts, '{}'));
  if v_refund > 0 then
    perform internal_collect_debt(v_rental.user_id, 'rental:' || v_rental.id || ':lost', v_now);
  end if;

  update rentals set status = 'lost', reason = case when (input ->> 'isReported')::boolean then 'reported_lost' else 'lost_by_time' end,
      version = version + 1, is_overdue = false, lost_at = v_at, is_lost_reported = (input ->> 'isReported')::boolean, ended_at = v_at,
      lines = input -> 'lines', total_tzs = v_total, vat_tzs = v_vat, net_tzs = v_net, closed_at = v_now, changed_at = v_now
    where id = v_rental.id returning * into v_rental;
  if v_rental.swap_of_id is not null and v_rental.counts_toward_limit then
    update rentals set counts_toward_limit = true where id = v_rental.swap_of_id and status = 'active';
  end if;
  update power_banks set place = 'lost', station_id = null, slot = null, updated_at = v_now
    where id = v_rental.power_bank_id and place = 'rented';
  insert into receipts (id, rental_id, user_id, token, fiscal_year, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_at)
    values (input ->> 'receiptId', v_rental.id, v_rental.user_id, input ->> 'receiptToken',
      extract(year from v_now at time zone 'Africa/Dar_es_Salaam')::int, input -> 'lines', v_total, v_vat, v_net,
      (input ->> 'vatPercent')::numeric, v_now);
  if input #>> '{key,key}' is not null then
    insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
      values (input ->> 'actor', input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', v_rental.id, v_now);
  end if;
  perform internal_message(input ->> 'messageId', v_rental.user_id, 'rental_lost',
    jsonb_build_object('totalTzs', v_total, 'debtTzs', v_debt, 'foundWithinDays', (v_rental.tariff ->> 'foundWithinDays')::int,
      'token', input ->> 'receiptToken'), 'rental:' || v_rental.id || ':lost', v_now);
  perform internal_audit(v_now, input ->> 'actor', 'rental_lost', v_rental.id,
    jsonb_build_object('totalTzs', v_total, 'debtTzs', v_debt, 'lostAt', v_at, 'isReported', v_rental.is_lost_reported,
      'cause', input ->> 'cause'), input ->> 'requestId');
  return jsonb_build_object('status', 'lost', 'isRepeat', false, 'rental', rental_json(v_rental));
end $$;
