-- Takes back a receipt or parts of it into the renter's wallet, then into his debt: the entry and the credit note. `p_lines` [{line, grossTzs}], null: all
-- that is left. Out: {status: issued} | {status: credit_too_high, line, remainingTzs} | {status: receipt_credited}: nothing is left.
-- VAT goes back as it was charged: all credits of a line together never differ from its own VAT by rounding. The caller has locked renter and receipt.
create or replace function internal_credit_note(
  p_receipt receipts, p_lines jsonb, p_id text, p_token text, p_reason text, p_note text, p_actor text, p_now timestamptz, p_request_id text
) returns jsonb language plpgsql set search_path = public, pg_temp as $$
declare
  v_reference text := 'credit_note:' || p_id;
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
  -- A line that the receipt does not have has nothing left.
  select (line ->> 'line')::int as line into v_item from jsonb_array_elements(coalesce(p_lines, '[]')) as line
    where (line ->> 'line')::int >= jsonb_array_length(p_receipt.lines) limit 1;
  if found then
    return jsonb_build_object('status', 'credit_too_high', 'line', v_item.line, 'remainingTzs', 0);
  end if;
  for v_item in select value as body, ordinality::int - 1 as line from jsonb_array_elements(p_receipt.lines) with ordinality order by ordinality loop
    v_gross := (v_item.body ->> 'grossTzs')::bigint;
    v_vat := (v_item.body ->> 'vatTzs')::bigint;
    select coalesce(-sum((credit ->> 'grossTzs')::bigint), 0) into v_before
      from credit_notes n, jsonb_array_elements(n.lines) as credit where n.receipt_id = p_receipt.id and (credit ->> 'line')::int = v_item.line;
    if p_lines is null then
      v_asked := v_gross - v_before;
    else
      select coalesce(sum((line ->> 'grossTzs')::bigint), 0) into v_asked from jsonb_array_elements(p_lines) as line where (line ->> 'line')::int = v_item.line;
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

  perform ledger_post(v_reference, 'dispute', p_now, p_now,
    v_codes || array['vat_output', 'user_wallet:' || p_receipt.user_id], v_amounts || array[v_total_vat, -v_total]);
  perform internal_collect_debt(p_receipt.user_id, v_reference, p_now);
  insert into credit_notes (id, receipt_id, user_id, token, fiscal_year, reason, note, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_by, issued_at)
    values (p_id, p_receipt.id, p_receipt.user_id, p_token,
      extract(year from p_now at time zone 'Africa/Dar_es_Salaam')::int, p_reason, p_note, v_credits,
      -v_total, -v_total_vat, v_total_vat - v_total, p_receipt.vat_percent, p_actor, p_now);
  perform internal_audit(p_now, p_actor, 'credit_note_issued', p_id,
    jsonb_build_object('receiptId', p_receipt.id, 'rentalId', p_receipt.rental_id, 'reason', p_reason, 'amountTzs', v_total), p_request_id);
  return '{"status": "issued"}';
end $$;
