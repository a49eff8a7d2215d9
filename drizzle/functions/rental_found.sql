-- The bank of a lost rental came back in time: the bill becomes what `quote` says of the return, a credit note takes back the rest. In:
-- rentalId, version, eventKey, at, stationId, slot, lines, totalTzs, vatTzs, netTzs, isFreeReturn, creditNoteId, creditToken, messageId, actor,
-- now, requestId. Out: found {rental, refundTzs, isRepeat} | changed {rental} | stale {rental?}.
-- Money, in one entry: revenue and VAT as they were charged -> revenue and VAT of the new bill; the difference -> what is still owed, then what
-- was written off of it meanwhile, the rest -> wallet.
create or replace function rental_found(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_at timestamptz := (input ->> 'at')::timestamptz;
  v_rental rentals;
  v_receipt receipts;
  v_reference text := 'rental:' || (input ->> 'rentalId') || ':found';
  v_credited bigint;
  v_back bigint;
  v_back_vat bigint;
  v_rest bigint;
  v_rest_vat bigint;
  v_line record;
  v_part bigint;
  v_part_vat bigint;
  v_credits jsonb := '[]';
  v_codes text[];
  v_amounts bigint[];
  v_to_debt bigint;
  v_to_bad bigint;
begin
  select r.* into v_rental from users u join rentals r on r.user_id = u.id where r.id = input ->> 'rentalId' for no key update of u, r;
  if not found then
    return '{"status": "stale"}';
  end if;
  select * into v_receipt from receipts where rental_id = v_rental.id;
  if v_rental.return_event_key = input ->> 'eventKey' then
    return jsonb_build_object('status', 'found', 'isRepeat', true, 'rental', rental_json(v_rental),
      'refundTzs', coalesce(v_receipt.total_tzs, 0) - v_rental.total_tzs);
  end if;
  if v_rental.status <> 'lost' then
    return jsonb_build_object('status', 'stale', 'rental', rental_json(v_rental));
  end if;
  if v_rental.version <> (input ->> 'version')::int then
    return jsonb_build_object('status', 'changed', 'rental', rental_json(v_rental));
  end if;
  perform 1 where (input ->> 'netTzs')::bigint + (input ->> 'vatTzs')::bigint = (input ->> 'totalTzs')::bigint
    and (input ->> 'totalTzs')::bigint = (select coalesce(sum((l ->> 'grossTzs')::bigint), 0) from jsonb_array_elements(input -> 'lines') l)
    and (input ->> 'netTzs')::bigint = (select coalesce(sum((l ->> 'netTzs')::bigint), 0) from jsonb_array_elements(input -> 'lines') l);
  if not found or (input ->> 'totalTzs')::bigint > v_receipt.total_tzs then
    raise exception 'the lines of the bill do not add up' using errcode = 'CP002';
  end if;

  select coalesce(-sum(total_tzs), 0) into v_credited from credit_notes where receipt_id = v_receipt.id;
  v_back := greatest(0, v_receipt.total_tzs - v_credited - (input ->> 'totalTzs')::bigint);
  -- What staff took back before is not taken back again; then only the rest moves, at the rate of the receipt.
  v_back_vat := case when v_credited = 0 then v_receipt.vat_tzs - (input ->> 'vatTzs')::bigint
    else round(v_back::numeric * v_receipt.vat_tzs / v_receipt.total_tzs)::bigint end;
  if v_credited = 0 then
    select array_agg('revenue_' || case l ->> 'kind' when 'base' then 'rental' else l ->> 'kind' end), array_agg(side * (l ->> 'netTzs')::bigint)
      into v_codes, v_amounts
      from (select l, 1 as side from jsonb_array_elements(v_receipt.lines) l union all select l, -1 from jsonb_array_elements(input -> 'lines') l) both_bills;
  else
    v_codes := array['revenue_lost'];
    v_amounts := array[v_back - v_back_vat];
  end if;
  v_to_debt := least(v_back, ledger_balance('user_debt:' || v_rental.user_id));
  select least(v_back - v_to_debt, coalesce(-sum(p.amount_tzs), 0)) into v_to_bad
    from accounts a join postings p on p.account_id = a.id join journal_entries e on e.id = p.entry_id
    where a.code = 'user_debt:' || v_rental.user_id and e.kind = 'debt_forgiven' and e.recorded_at >= v_rental.closed_at;
  perform ledger_post(v_reference, 'rental_found', v_at, v_now,
    v_codes || array['vat_output', 'user_debt:' || v_rental.user_id, 'bad_debt', 'user_wallet:' || v_rental.user_id],
    v_amounts || array[v_back_vat, -v_to_debt, -v_to_bad, v_to_debt + v_to_bad - v_back]);

  -- The lost line carries what the other lines do not.
  v_rest := v_back;
  v_rest_vat := v_back_vat;
  for v_line in select l.value as body, l.ordinality::int - 1 as number, (l.value ->> 'grossTzs')::bigint as gross
      from jsonb_array_elements(v_receipt.lines) with ordinality l order by l.value ->> 'kind' = 'lost', l.ordinality loop
    v_part := case when v_line.body ->> 'kind' = 'lost' then v_rest when v_credited > 0 then 0
      else v_line.gross - coalesce((select (n ->> 'grossTzs')::bigint from jsonb_array_elements(input -> 'lines') n where n ->> 'kind' = v_line.body ->> 'kind'), 0) end;
    v_part_vat := case when v_line.body ->> 'kind' = 'lost' then v_rest_vat else round(v_part::numeric * (v_line.body ->> 'vatTzs')::bigint / v_line.gross)::bigint end;
    v_rest := v_rest - v_part;
    v_rest_vat := v_rest_vat - v_part_vat;
    continue when v_part = 0;
    v_credits := v_credits || jsonb_build_object('line', v_line.number, 'kind', v_line.body ->> 'kind',
      'grossTzs', -v_part, 'netTzs', v_part_vat - v_part, 'vatTzs', -v_part_vat);
  end loop;
  if v_back > 0 then
    insert into credit_notes (id, receipt_id, user_id, token, fiscal_year, reason, note, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_by, issued_at)
      values (input ->> 'creditNoteId', v_receipt.id, v_rental.user_id, input ->> 'creditToken',
        extract(year from v_now at time zone 'Africa/Dar_es_Salaam')::int, 'found', 'found again: ' || (input ->> 'eventKey'), v_credits,
        -v_back, -v_back_vat, v_back_vat - v_back, v_receipt.vat_percent, input ->> 'actor', v_now);
  end if;

  update rentals set status = 'completed', reason = 'found', version = version + 1, ended_at = v_at, return_station_id = input ->> 'stationId',
      return_slot = (input ->> 'slot')::int, return_event_key = input ->> 'eventKey', is_free_return = (input ->> 'isFreeReturn')::boolean,
      lines = input -> 'lines', total_tzs = (input ->> 'totalTzs')::bigint, vat_tzs = (input ->> 'vatTzs')::bigint,
      net_tzs = (input ->> 'netTzs')::bigint, closed_at = v_now, changed_at = v_now
    where id = v_rental.id returning * into v_rental;
  perform internal_message(input ->> 'messageId', v_rental.user_id, 'rental_found',
    jsonb_build_object('amountTzs', v_back, 'walletTzs', ledger_balance('user_wallet:' || v_rental.user_id),
      'debtTzs', ledger_balance('user_debt:' || v_rental.user_id), 'token', case when v_back > 0 then input ->> 'creditToken' else v_receipt.token end),
    'rental:' || v_rental.id || ':found', v_now);
  perform internal_audit(v_now, input ->> 'actor', 'rental_found', v_rental.id,
    jsonb_build_object('totalTzs', v_rental.total_tzs, 'refundTzs', v_back, 'debtPaidTzs', v_to_debt, 'eventKey', input ->> 'eventKey'), input ->> 'requestId');
  return jsonb_build_object('status', 'found', 'isRepeat', false, 'rental', rental_json(v_rental), 'refundTzs', v_back);
end $$;
