-- Stores a callback about a disbursement, then acts on it. In: provider, bodyHash, bodySealed, externalId, providerReference, operatorReference,
-- result succeeded | failed | other, amountTzs, receivedAt, messageId, now, requestId. Out: {outcome, alert?, withdrawal?}; `stored` when the money
-- part failed: the raw body is kept and cron calls again. The same bytes again change nothing.
create or replace function withdrawal_settle(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_callback withdrawal_callbacks;
  v_withdrawal withdrawals;
  v_result jsonb;
  v_error text;
  v_constraint text;
begin
  insert into withdrawal_callbacks (provider, body_hash, body_sealed, state, received_at)
    values (input ->> 'provider', input ->> 'bodyHash', input ->> 'bodySealed', 'failed', (input ->> 'receivedAt')::timestamptz)
    on conflict (body_hash) do nothing returning * into v_callback;
  if v_callback.id is null then
    select * into strict v_callback from withdrawal_callbacks where body_hash = input ->> 'bodyHash' for update;
    if v_callback.state = 'applied' then
      return '{"outcome": "duplicate"}';
    end if;
  end if;

  begin
    select * into v_withdrawal from withdrawals where external_id = input ->> 'externalId';
    if not found then
      v_result := '{"outcome": "ignored", "alert": "unknown_withdrawal"}';
    else
      perform 1 from users where id = v_withdrawal.user_id for no key update;
      select * into v_withdrawal from withdrawals where id = v_withdrawal.id for update;
      v_result := internal_withdrawal_apply(input || '{"source": "callback"}', v_withdrawal);
    end if;
    update withdrawal_callbacks set state = 'applied', outcome = v_result ->> 'outcome', withdrawal_id = v_withdrawal.id, applied_at = v_now, last_error = null
      where id = v_callback.id;
    set constraints all immediate;
  exception when others then
    get stacked diagnostics v_error = returned_sqlstate, v_constraint = constraint_name;
    update withdrawal_callbacks set attempts = attempts + 1, last_error = v_error || ' ' || coalesce(v_constraint, '') where id = v_callback.id;
    return jsonb_build_object('outcome', 'stored', 'alert', 'callback_failed', 'error', v_error);
  end;
  set constraints all deferred;
  return v_result;
end $$;
