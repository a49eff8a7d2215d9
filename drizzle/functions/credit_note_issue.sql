-- Takes back a receipt or parts of it: posts the entry, writes the credit note, tells the renter. In: creditNoteId, receiptId,
-- token, lines [{line, grossTzs}] (null: all that is left), reason, note, staffId, actor, key {route, key, bodyHash}, messageId,
-- now, requestId. Out: status
--   issued | replayed {creditNote}
--   credit_too_high {line, remainingTzs}   more than what earlier credit notes left of a line
--   receipt_credited                       nothing is left
--   receipt_unknown | receipt_not_ready | idempotency_mismatch | unauthenticated | forbidden
create or replace function credit_note_issue(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := input ->> 'actor';
  v_lines jsonb := nullif(input -> 'lines', 'null'::jsonb);
  v_staff users;
  v_key idempotency_keys;
  v_receipt receipts;
  v_note credit_notes;
  v_issued jsonb;
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

  v_issued := internal_credit_note(v_receipt, v_lines, input ->> 'creditNoteId', input ->> 'token', input ->> 'reason', input ->> 'note', v_actor, v_now,
    input ->> 'requestId');
  if v_issued ->> 'status' <> 'issued' then
    return v_issued;
  end if;
  select * into strict v_note from credit_notes where id = input ->> 'creditNoteId';
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', v_note.id, v_now);
  perform internal_message(input ->> 'messageId', v_receipt.user_id, 'credit_note',
    jsonb_build_object('amountTzs', -v_note.total_tzs, 'walletTzs', ledger_balance('user_wallet:' || v_receipt.user_id), 'token', v_note.token),
    'credit_note:' || v_note.id || ':told', v_now);
  return jsonb_build_object('status', 'issued', 'creditNote', credit_note_json(v_note));
end $$;
