-- Prolongs an active rental by one extension whose price is in the wallet: the price joins the hold. `p_offer` {boughtAtMs, dueAtMs,
-- amountTzs} is what `quote` says of it for this version. The caller has locked renter and rental and compared the version.
create or replace function internal_rental_extend(
  r rentals, p_offer jsonb, p_paid_at timestamptz, p_message_id text, p_actor text, p_now timestamptz, p_request_id text
) returns rentals language plpgsql set search_path = public, pg_temp as $$
declare
  v_amount bigint := (p_offer ->> 'amountTzs')::bigint;
  v_due timestamptz := to_timestamp((p_offer ->> 'dueAtMs')::bigint / 1000.0);
  v_number int := jsonb_array_length(r.extensions) + 1;
begin
  perform ledger_post('rental:' || r.id || ':extension:' || v_number, 'extension_bought', p_paid_at, p_now,
    array['user_wallet:' || r.user_id, 'user_hold:' || r.id], array[v_amount, -v_amount]);
  update rentals set reason = 'extended', version = version + 1, due_at = v_due, is_overdue = v_due <= p_now,
      next_notice_at = v_due - interval '30 minutes', changed_at = p_now,
      extensions = extensions || jsonb_build_object('boughtAtMs', (p_offer ->> 'boughtAtMs')::bigint, 'paidAtMs', internal_ms(p_paid_at), 'amountTzs', v_amount)
    where id = r.id returning * into r;
  perform internal_message(p_message_id, r.user_id, 'rental_extended', jsonb_build_object('amountTzs', v_amount, 'dueAtMs', internal_ms(v_due)),
    'rental:' || r.id || ':extension:' || v_number, p_now);
  perform internal_audit(p_now, p_actor, 'rental_extended', r.id,
    jsonb_build_object('number', v_number, 'amountTzs', v_amount, 'dueAt', v_due), p_request_id);
  return r;
end $$;
