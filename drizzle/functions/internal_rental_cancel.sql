-- Ends a rental whose bank did not leave: the hold goes back to the wallet, of a swap to the first rental, and the renter is told. The caller has locked the rental.
create or replace function internal_rental_cancel(
  r rentals, p_reason text, p_message_id text, p_actor text, p_now timestamptz, p_request_id text
) returns rentals language plpgsql set search_path = public, pg_temp as $$
declare
  v_hold bigint := ledger_balance('user_hold:' || r.id);
  v_is_undone boolean := false;
  v_template text := case
    when p_reason in ('no_power_bank', 'station_offline', 'station_unavailable', 'not_out', 'not_dispensed') then 'rental_not_dispensed'
    when p_reason = 'eject_unknown' then 'rental_eject_unknown'
    when p_reason in ('payment_failed', 'wallet_used') then 'rental_payment_failed'
    else null end;
begin
  update rentals set status = 'cancelled', reason = p_reason, version = version + 1, closed_at = p_now, changed_at = p_now
    where id = r.id returning * into r;
  if r.swap_of_id is not null then
    v_is_undone := internal_swap_undo(r, v_hold, p_now);
  end if;
  if v_hold > 0 and not v_is_undone then
    perform ledger_post('rental:' || r.id || ':release', 'rental_cancelled', p_now, p_now,
      array['user_hold:' || r.id, 'user_wallet:' || r.user_id], array[v_hold, -v_hold]);
    perform internal_collect_debt(r.user_id, 'rental:' || r.id || ':release', p_now);
  end if;
  if v_is_undone and p_message_id is not null then
    perform internal_message(p_message_id, r.user_id, 'rental_swap_undone',
      jsonb_build_object('untilMs', internal_ms(internal_swap_end((select swapped_at from rentals where id = r.swap_of_id)))),
      'rental:' || r.id || ':cancelled', p_now);
  elsif v_template is not null and p_message_id is not null then
    perform internal_message(p_message_id, r.user_id, v_template, jsonb_build_object('amountTzs', v_hold),
      'rental:' || r.id || ':cancelled', p_now);
  end if;
  perform internal_audit(p_now, p_actor, 'rental_cancelled', r.id, jsonb_build_object('reason', p_reason, 'releasedTzs', v_hold), p_request_id);
  return r;
end $$;
