-- Staff decide a dispute, once. In: disputeId, staffId, outcome (refund | goodwill | rejected), amountTzs, note, creditNoteId, token, messageId,
-- key {route, key, bodyHash}, actor, now, requestId. Out: status
--   decided | replayed {dispute}
--   dispute_unknown | dispute_decided
--   receipt_not_ready                       a refund is of a numbered receipt
--   credit_too_high {line, remainingTzs} | receipt_credited   more than is left of it
--   account_closed | forbidden | idempotency_mismatch.
-- A refund is a credit note over the receipt's lines, the last first; goodwill is a gift from the house, by support no more than a power bank's price.
create or replace function dispute_decide(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := input ->> 'actor';
  v_outcome text := input ->> 'outcome';
  v_amount bigint := (input ->> 'amountTzs')::bigint;
  v_staff users;
  v_renter users;
  v_key idempotency_keys;
  v_dispute disputes;
  v_rental rentals;
  v_receipt receipts;
  v_line record;
  v_rest bigint := v_amount;
  v_lines jsonb := '[]';
  v_issued jsonb;
begin
  select * into v_staff from users where id = input ->> 'staffId' for no key update;
  select * into v_dispute from disputes where id = input ->> 'disputeId';
  -- Nobody decides about themselves.
  if v_staff.state is distinct from 'active' or v_staff.role not in ('support', 'finance', 'admin') or v_staff.id = v_dispute.user_id then
    return '{"status": "forbidden"}';
  end if;
  if v_dispute.id is null then
    return '{"status": "dispute_unknown"}';
  end if;
  select * into v_key from idempotency_keys where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}';
  if found then
    if v_key.body_hash <> input #>> '{key,bodyHash}' or v_key.created_id <> v_dispute.id then
      return '{"status": "idempotency_mismatch"}';
    end if;
    return jsonb_build_object('status', 'replayed', 'dispute', dispute_json(v_dispute));
  end if;
  select * into strict v_renter from users where id = v_dispute.user_id for no key update;
  select * into strict v_rental from rentals where id = v_dispute.rental_id for update;
  select * into v_dispute from disputes where id = v_dispute.id for update;
  if v_dispute.state = 'decided' then
    return '{"status": "dispute_decided"}';
  end if;
  if v_outcome <> 'rejected' and v_renter.state = 'closed' then
    return '{"status": "account_closed"}';
  end if;
  if v_outcome = 'goodwill' and v_staff.role = 'support' and v_amount > (v_rental.tariff ->> 'replacementTzs')::bigint then
    return '{"status": "forbidden"}';
  end if;

  if v_outcome = 'refund' then
    select * into v_receipt from receipts where rental_id = v_rental.id for update;
    if v_receipt.number is null then
      return '{"status": "receipt_not_ready"}';
    end if;
    for v_line in select n.ordinality::int - 1 as line, (n.value ->> 'grossTzs')::bigint - coalesce((
          select -sum((c ->> 'grossTzs')::bigint) from credit_notes k, jsonb_array_elements(k.lines) c
          where k.receipt_id = v_receipt.id and (c ->> 'line')::int = n.ordinality - 1), 0) as tzs
        from jsonb_array_elements(v_receipt.lines) with ordinality n order by n.ordinality desc loop
      continue when least(v_rest, v_line.tzs) <= 0;
      v_lines := v_lines || jsonb_build_object('line', v_line.line, 'grossTzs', least(v_rest, v_line.tzs));
      v_rest := v_rest - least(v_rest, v_line.tzs);
    end loop;
    if v_rest > 0 then
      return case when v_rest = v_amount then '{"status": "receipt_credited"}'
        else jsonb_build_object('status', 'credit_too_high', 'line', 0, 'remainingTzs', v_amount - v_rest) end;
    end if;
    v_issued := internal_credit_note(v_receipt, v_lines, input ->> 'creditNoteId', input ->> 'token', 'dispute', input ->> 'note', v_actor, v_now,
      input ->> 'requestId');
    if v_issued ->> 'status' <> 'issued' then
      return v_issued;
    end if;
  elsif v_outcome = 'goodwill' then
    perform ledger_post('dispute:' || v_dispute.id || ':goodwill', 'goodwill', v_now, v_now,
      array['goodwill', 'user_wallet:' || v_renter.id], array[v_amount, -v_amount]);
    perform internal_collect_debt(v_renter.id, 'dispute:' || v_dispute.id || ':goodwill', v_now);
  end if;

  update disputes set state = 'decided', outcome = v_outcome, amount_tzs = v_amount, note = input ->> 'note', decided_by = v_actor, decided_at = v_now,
      credit_note_id = case when v_outcome = 'refund' then input ->> 'creditNoteId' end
    where id = v_dispute.id returning * into v_dispute;
  update rentals set is_disputed = false where id = v_rental.id;
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', v_dispute.id, v_now);
  if v_renter.state <> 'closed' then
    perform internal_message(input ->> 'messageId', v_renter.id, 'dispute_decided',
      jsonb_build_object('amountTzs', v_amount, 'walletTzs', ledger_balance('user_wallet:' || v_renter.id)), 'dispute:' || v_dispute.id || ':decided', v_now);
  end if;
  perform internal_audit(v_now, v_actor, 'dispute_decided', v_rental.id,
    jsonb_build_object('disputeId', v_dispute.id, 'outcome', v_outcome, 'amountTzs', v_amount, 'creditNoteId', v_dispute.credit_note_id), input ->> 'requestId');
  return jsonb_build_object('status', 'decided', 'dispute', dispute_json(v_dispute));
end $$;
