-- Acts on what we asked for ourselves: a status query, or a line of the provider's statement. In: withdrawalId, source query | statement, result,
-- amountTzs?, providerReference, messageId, now, requestId. Out: as withdrawal_settle.
create or replace function withdrawal_prove(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_withdrawal withdrawals;
begin
  select * into v_withdrawal from withdrawals where id = input ->> 'withdrawalId';
  if not found then
    return '{"outcome": "ignored", "alert": "unknown_withdrawal"}';
  end if;
  perform 1 from users where id = v_withdrawal.user_id for no key update;
  select * into v_withdrawal from withdrawals where id = v_withdrawal.id for update;
  return internal_withdrawal_apply(input, v_withdrawal);
end $$;
