-- A person of finance lets a waiting withdrawal go or gives the money back. In: withdrawalId, decision approve | reject, staffId, reason?, sendToken,
-- messageId, now, requestId. Out: send | decided {withdrawal} | withdrawal_state | withdrawal_stopped: money of that wallet is missing from the
-- statements, so that it can only be rejected | four_eyes_required | withdrawal_unknown | forbidden.
-- Whoever asked for it, or gets it, does not decide.
create or replace function withdrawal_decide(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_staff text := input ->> 'staffId';
  v_withdrawal withdrawals;
begin
  if not internal_staff(v_staff) then
    return '{"status": "forbidden"}';
  end if;
  select * into v_withdrawal from withdrawals where id = input ->> 'withdrawalId';
  if not found then
    return '{"status": "withdrawal_unknown"}';
  end if;
  perform 1 from users where id = v_withdrawal.user_id for no key update;
  select * into v_withdrawal from withdrawals where id = v_withdrawal.id for update;
  if v_withdrawal.state = 'sending' and v_withdrawal.send_token = input ->> 'sendToken' then
    return internal_withdrawal_send(v_withdrawal);
  end if;
  if v_withdrawal.approved_by = 'staff:' || v_staff and (v_withdrawal.state = 'rejected') = (input ->> 'decision' = 'reject') then
    return jsonb_build_object('status', 'decided', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  if v_withdrawal.state <> 'awaiting_approval' then
    return jsonb_build_object('status', 'withdrawal_state', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  if v_withdrawal.user_id = v_staff or v_withdrawal.requested_by = 'staff:' || v_staff then
    return '{"status": "four_eyes_required"}';
  end if;
  if input ->> 'decision' = 'approve' and v_withdrawal.kind = 'wallet' and internal_wallet_stopped(v_withdrawal.user_id, v_now) then
    return '{"status": "withdrawal_stopped"}';
  end if;
  update withdrawals set approved_by = 'staff:' || v_staff where id = v_withdrawal.id returning * into v_withdrawal;
  if input ->> 'decision' = 'reject' then
    v_withdrawal := internal_withdrawal_return(v_withdrawal, 'rejected', coalesce(input ->> 'reason', 'rejected'), 'staff', 'staff:' || v_staff,
      input ->> 'messageId', v_now, input ->> 'requestId');
    return jsonb_build_object('status', 'decided', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  update withdrawals set state = 'sending', reason = null, sends = 1, send_token = input ->> 'sendToken', sent_at = v_now
    where id = v_withdrawal.id returning * into v_withdrawal;
  perform internal_audit(v_now, 'staff:' || v_staff, 'withdrawal_approved', v_withdrawal.id, jsonb_build_object('reason', input ->> 'reason'), input ->> 'requestId');
  return internal_withdrawal_send(v_withdrawal);
end $$;
