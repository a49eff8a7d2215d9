-- Takes back a receipt or parts of it: posts the entry, writes the credit note, tells the renter. In: creditNoteId, receiptId,
-- token, lines [{line, grossTzs}] (null: all that is left), reason, note, staffId, actor, key {route, key, bodyHash}, messageId,
-- now, requestId. Out: status
--   issued | replayed {creditNote}
--   credit_too_high {line, remainingTzs}   more than what earlier credit notes left of a line
--   receipt_credited                       nothing is left
--   receipt_unknown | receipt_not_ready | idempotency_mismatch | unauthenticated | forbidden
-- VAT goes back as it was charged: all credits of a line together never differ from its own VAT by rounding.
create or replace function credit_note_issue(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := input ->> 'actor';
  v_reference text := 'credit_note:' || (input ->> 'creditNoteId');
  v_lines jsonb := nullif(input -> 'lines', 'null'::jsonb);
  v_staff users;
  v_key idempotency_keys;
  v_receipt receipts;
  v_note credit_notes;
  v_item record;
  v_gross bigint;
  v_vat bigint;
  v_before bigint;
  v_asked bigint;
  v_part bigint;
  v_total bigint := 0;
  v_total_vat bigint := 0;
  v_credits jsonb := '[]';
  v_codes text[] := '{}';
  v_amounts bigint[] := '{}';
begin
  select * into v_staff from users where id = input ->> 'staffId' for no key update;
  if not found then
    return '{"status": "unauthenticated"}';
  end if;
  select * into v_key from idempotency_keys
    where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}';
  if found then
    if v_key.body_hash <> input #>> '{key,bodyHash}' then
      return '{"status": "idempotency_mismatch"}';
    end if;
    select * into strict v_note from credit_notes where id = v_key.created_id;
    return jsonb_build_object('status', 'replayed', 'creditNote', credit_note_json(v_note));
  end if;
  select * into v_receipt from receipts where id = input ->> 'receiptId';
  -- Nobody takes back what they paid themselves.
  if v_staff.state <> 'active' or v_staff.role not in ('finance', 'admin') or v_staff.id = v_receipt.user_id then
    return '{"status": "forbidden"}';
  end if;
  if v_receipt.id is null then
    return '{"status": "receipt_unknown"}';
  end if;
  perform 1 from users where id = v_receipt.user_id for no key update;
  select * into v_receipt from receipts where id = v_receipt.id for update;
  if v_receipt.number is null then
    return '{"status": "receipt_not_ready"}';
  end if;

  -- A line that the receipt does not have has nothing left.
  select (line ->> 'line')::int as line into v_item from jsonb_array_elements(coalesce(v_lines, '[]')) as line
    where (line ->> 'line')::int >= jsonb_array_length(v_receipt.lines) limit 1;
  if found then
    return jsonb_build_object('status', 'credit_too_high', 'line', v_item.line, 'remainingTzs', 0);
  end if;
  for v_item in select value as body, ordinality::int - 1 as line from jsonb_array_elements(v_receipt.lines) with ordinality order by ordinality loop
    v_gross := (v_item.body ->> 'grossTzs')::bigint;
    v_vat := (v_item.body ->> 'vatTzs')::bigint;
    select coalesce(-sum((credit ->> 'grossTzs')::bigint), 0) into v_before
      from credit_notes n, jsonb_array_elements(n.lines) as credit where n.receipt_id = v_receipt.id and (credit ->> 'line')::int = v_item.line;
    if v_lines is null then
      v_asked := v_gross - v_before;
    else
      select coalesce(sum((line ->> 'grossTzs')::bigint), 0) into v_asked from jsonb_array_elements(v_lines) as line where (line ->> 'line')::int = v_item.line;
    end if;
    if v_asked < 0 or v_before + v_asked > v_gross then
      return jsonb_build_object('status', 'credit_too_high', 'line', v_item.line, 'remainingTzs', v_gross - v_before);
    end if;
    continue when v_asked = 0;
    v_part := (2 * v_vat * (v_before + v_asked) + v_gross) / (2 * v_gross) - (2 * v_vat * v_before + v_gross) / (2 * v_gross);
    v_total := v_total + v_asked;
    v_total_vat := v_total_vat + v_part;
    v_credits := v_credits || jsonb_build_object('line', v_item.line, 'kind', v_item.body ->> 'kind',
      'grossTzs', -v_asked, 'netTzs', v_part - v_asked, 'vatTzs', -v_part);
    v_codes := v_codes || ('revenue_' || case v_item.body ->> 'kind' when 'base' then 'rental' else v_item.body ->> 'kind' end);
    v_amounts := v_amounts || (v_asked - v_part);
  end loop;
  if v_total = 0 then
    return '{"status": "receipt_credited"}';
  end if;

  perform ledger_post(v_reference, 'dispute', v_now, v_now,
    v_codes || array['vat_output', 'user_wallet:' || v_receipt.user_id], v_amounts || array[v_total_vat, -v_total]);
  perform internal_collect_debt(v_receipt.user_id, v_reference, v_now);
  insert into credit_notes (id, receipt_id, user_id, token, fiscal_year, reason, note, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_by, issued_at)
    values (input ->> 'creditNoteId', v_receipt.id, v_receipt.user_id, input ->> 'token',
      extract(year from v_now at time zone 'Africa/Dar_es_Salaam')::int, input ->> 'reason', input ->> 'note', v_credits,
      -v_total, -v_total_vat, v_total_vat - v_total, v_receipt.vat_percent, v_actor, v_now)
    returning * into v_note;
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', v_note.id, v_now);
  perform internal_message(input ->> 'messageId', v_receipt.user_id, 'credit_note',
    jsonb_build_object('amountTzs', v_total, 'walletTzs', ledger_balance('user_wallet:' || v_receipt.user_id), 'token', v_note.token),
    v_reference || ':told', v_now);
  perform internal_audit(v_now, v_actor, 'credit_note_issued', v_note.id,
    jsonb_build_object('receiptId', v_receipt.id, 'rentalId', v_receipt.rental_id, 'reason', v_note.reason, 'amountTzs', v_total), input ->> 'requestId');
  return jsonb_build_object('status', 'issued', 'creditNote', credit_note_json(v_note));
end $$;
