-- Takes a withdrawal for one send, always under its own external id. In: withdrawalId, sendToken, staffId? and reason (a second send, asked for by
-- staff within a day of the first), now, requestId. Out: send {withdrawal, externalId, sendToken}, also for a repeat of this call |
-- withdrawal_state {withdrawal} | withdrawal_unknown | forbidden.
create or replace function withdrawal_claim(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_staff text := input ->> 'staffId';
  v_withdrawal withdrawals;
begin
  if v_staff is not null and not internal_staff(v_staff) then
    return '{"status": "forbidden"}';
  end if;
  select * into v_withdrawal from withdrawals where id = input ->> 'withdrawalId' for update;
  if not found then
    return '{"status": "withdrawal_unknown"}';
  end if;
  if v_withdrawal.state = 'sending' and v_withdrawal.send_token = input ->> 'sendToken' then
    return internal_withdrawal_send(v_withdrawal);
  end if;
  if not (v_withdrawal.state = 'created' and v_staff is null
      or v_withdrawal.state = 'unknown' and v_staff is not null and v_withdrawal.provider_reference is null
        and v_withdrawal.sent_at > v_now - interval '1 day') then
    return jsonb_build_object('status', 'withdrawal_state', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  update withdrawals set state = 'sending', sends = sends + 1, send_token = input ->> 'sendToken', sent_at = coalesce(sent_at, v_now), next_query_at = null
    where id = v_withdrawal.id returning * into v_withdrawal;
  perform internal_audit(v_now, case when v_staff is null then 'system:withdrawals' else 'staff:' || v_staff end, 'withdrawal_sent', v_withdrawal.id,
    jsonb_build_object('send', v_withdrawal.sends, 'reason', input ->> 'reason'), input ->> 'requestId');
  return internal_withdrawal_send(v_withdrawal);
end $$;
