-- Records the provider's answer to one send. In: withdrawalId, sendToken, result accepted | refused | duplicate | not_sent | unknown,
-- providerReference?, reason?, messageId, now, requestId. Out: {status: the withdrawal's state, withdrawal, alert?}.
--   refused    counts for the first send alone: to a later one it says nothing about what the first did
--   duplicate  proves that an earlier send arrived: nobody knows more than before
--   not_sent   nothing left us: tried again for half an hour, then the money goes back.
-- A callback may have come first: what it settled stays.
create or replace function withdrawal_sent(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_result text := input ->> 'result';
  v_reference text := input ->> 'providerReference';
  v_withdrawal withdrawals;
  v_alert text;
begin
  select * into v_withdrawal from withdrawals where id = input ->> 'withdrawalId';
  if not found then
    return '{"status": "withdrawal_unknown"}';
  end if;
  perform 1 from users where id = v_withdrawal.user_id for no key update;
  select * into v_withdrawal from withdrawals where id = v_withdrawal.id for update;

  if v_result = 'accepted' and v_withdrawal.provider_reference is null then
    -- A failure that a callback told before this answer can be asked about from now on.
    update withdrawals set provider_reference = v_reference, submitted_at = v_now,
        next_query_at = case when state = 'failed' and settled_by = 'callback' then v_now + interval '1 minute' else next_query_at end
      where id = v_withdrawal.id returning * into v_withdrawal;
  elsif v_result = 'accepted' and v_withdrawal.provider_reference <> v_reference then
    v_alert := 'withdrawal_reference_mismatch';
    update withdrawals set needs_review = true where id = v_withdrawal.id returning * into v_withdrawal;
  end if;

  -- The sweep calls a send that it took for cut unknown; the answer that came late still counts.
  if v_withdrawal.send_token is distinct from input ->> 'sendToken' or v_withdrawal.state not in ('sending', 'unknown')
      or (v_withdrawal.state = 'unknown' and v_withdrawal.reason is distinct from 'cut_while_sending') then
    return jsonb_build_object('status', v_withdrawal.state, 'withdrawal', withdrawal_json(v_withdrawal), 'alert', v_alert);
  end if;
  if v_result = 'accepted' and v_alert is null then
    update withdrawals set state = 'submitted', reason = null, next_query_at = v_now + interval '1 minute'
      where id = v_withdrawal.id returning * into v_withdrawal;
  elsif v_result = 'refused' and v_withdrawal.sends = 1 then
    v_withdrawal := internal_withdrawal_return(v_withdrawal, 'refused', input ->> 'reason', 'refusal', 'provider:azampay', input ->> 'messageId', v_now, input ->> 'requestId');
  elsif v_result = 'not_sent' and v_withdrawal.sends = 1 then
    update withdrawals set state = 'created', sends = 0, send_token = null, sent_at = null, reason = input ->> 'reason', next_query_at = v_now + interval '1 minute'
      where id = v_withdrawal.id returning * into v_withdrawal;
    if v_withdrawal.created_at <= v_now - interval '30 minutes' and v_withdrawal.approved_by is null
        or v_withdrawal.created_at <= v_now - interval '1 day' then
      v_withdrawal := internal_withdrawal_return(v_withdrawal, 'refused', input ->> 'reason', 'refusal', 'system:withdrawals', input ->> 'messageId', v_now, input ->> 'requestId');
    end if;
  else
    update withdrawals set state = 'unknown', reason = case v_result when 'accepted' then 'reference_mismatch' else coalesce(input ->> 'reason', v_result) end,
        send_token = null
      where id = v_withdrawal.id returning * into v_withdrawal;
  end if;
  return jsonb_build_object('status', v_withdrawal.state, 'withdrawal', withdrawal_json(v_withdrawal), 'alert', v_alert);
end $$;
