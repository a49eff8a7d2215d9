-- Ends a rental with the bill that `quote` made. In: rentalId, version, eventKey, at, stationId, slot, lines, totalTzs,
-- vatTzs, netTzs, vatPercent, isFreeReturn, receiptId, receiptToken, messageId, actor, now, requestId. Out: status
--   settled {rental, refundTzs, debtTzs}   also for a known event key, with the first result
--   changed                                 the version moved on: read, price and call again
--   stale                                   the rental ended by another event.
-- Money: the whole hold, then the wallet, then debt pay the total; what is left of the hold goes back to the wallet. rental_lose splits a bill in
-- the same way, in lines of its own: a function between them would take the bill apart and hand back seven values, longer than what it saves, and
-- every settlement would call it. The ledger refuses what does not balance, in both.
create or replace function rental_settle(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_at timestamptz := (input ->> 'at')::timestamptz;
  v_total bigint := (input ->> 'totalTzs')::bigint;
  v_vat bigint := (input ->> 'vatTzs')::bigint;
  v_net bigint := (input ->> 'netTzs')::bigint;
  v_rental rentals;
  v_hold bigint;
  v_wallet bigint;
  v_owed bigint;
  v_from_wallet bigint;
  v_debt bigint;
  v_refund bigint;
  v_sums record;
  v_codes text[];
  v_amounts bigint[];
begin
  select r.* into v_rental from users u join rentals r on r.user_id = u.id where r.id = input ->> 'rentalId'
    for no key update of u, r;
  if not found then
    return '{"status": "stale"}';
  end if;
  if v_rental.return_event_key = input ->> 'eventKey' then
    return (select jsonb_build_object('status', 'settled', 'isRepeat', true, 'rental', rental_json(v_rental), 'refundTzs', detail -> 'refundTzs',
        'debtTzs', detail -> 'debtTzs')
      from audit_log where subject = v_rental.id and action = 'rental_settled' order by id limit 1);
  end if;
  if v_rental.status <> 'active' then
    return jsonb_build_object('status', 'stale', 'rental', rental_json(v_rental));
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

  select coalesce(sum(balance_tzs) filter (where kind = 'user_hold'), 0), coalesce(sum(balance_tzs) filter (where kind = 'user_wallet'), 0),
      coalesce(sum(balance_tzs) filter (where kind = 'user_debt'), 0)
    into v_hold, v_wallet, v_owed
    from accounts where code in ('user_hold:' || v_rental.id, 'user_wallet:' || v_rental.user_id, 'user_debt:' || v_rental.user_id);
  v_refund := greatest(0, v_hold - v_total);
  v_from_wallet := least(v_wallet, greatest(0, v_total - v_hold));
  v_debt := greatest(0, v_total - v_hold - v_from_wallet);
  v_codes := array['user_hold:' || v_rental.id, 'user_wallet:' || v_rental.user_id, 'user_debt:' || v_rental.user_id, 'vat_output']
    || coalesce(v_sums.codes, '{}');
  v_amounts := array[v_hold, v_from_wallet - v_refund, v_debt, -v_vat] || coalesce(v_sums.amounts, '{}');
  perform ledger_post('rental:' || v_rental.id || ':settle', 'rental_settled', v_at, v_now, v_codes, v_amounts);
  if v_refund > 0 and v_owed > 0 then
    perform internal_collect_debt(v_rental.user_id, 'rental:' || v_rental.id || ':settle', v_now);
  end if;

  -- The bad bank of a swap, back in time.
  update rentals set status = case when swapped_to_id is not null and v_total = 0 then 'swapped' else 'completed' end, reason = 'returned', version = version + 1, is_overdue = false, ended_at = v_at,
      return_station_id = input ->> 'stationId', return_slot = (input ->> 'slot')::int, return_event_key = input ->> 'eventKey',
      is_free_return = (input ->> 'isFreeReturn')::boolean, lines = input -> 'lines', total_tzs = v_total, vat_tzs = v_vat, net_tzs = v_net,
      closed_at = v_now, changed_at = v_now
    where id = v_rental.id returning * into v_rental;
  if v_rental.swap_of_id is not null and v_rental.counts_toward_limit then
    update rentals set counts_toward_limit = true where id = v_rental.swap_of_id and status = 'active';
  end if;
  insert into receipts (id, rental_id, user_id, token, fiscal_year, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_at)
    values (input ->> 'receiptId', v_rental.id, v_rental.user_id, input ->> 'receiptToken',
      extract(year from v_now at time zone 'Africa/Dar_es_Salaam')::int, input -> 'lines', v_total, v_vat, v_net,
      (input ->> 'vatPercent')::numeric, v_now);
  perform internal_message(input ->> 'messageId', v_rental.user_id, 'rental_receipt',
    jsonb_build_object('totalTzs', v_total, 'refundTzs', v_refund, 'debtTzs', v_debt, 'token', input ->> 'receiptToken',
      'walletTzs', v_wallet - v_from_wallet + v_refund),
    'rental:' || v_rental.id || ':receipt', v_now);
  perform internal_audit(v_now, input ->> 'actor', 'rental_settled', v_rental.id,
    jsonb_build_object('totalTzs', v_total, 'refundTzs', v_refund, 'debtTzs', v_debt, 'eventKey', input ->> 'eventKey'), input ->> 'requestId');
  return jsonb_build_object('status', 'settled', 'isRepeat', false, 'rental', rental_json(v_rental), 'refundTzs', v_refund, 'debtTzs', v_debt);
end $$;
