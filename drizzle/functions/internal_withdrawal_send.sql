-- What the caller needs to hand a withdrawal over that it has just claimed with its token.
create or replace function internal_withdrawal_send(w withdrawals) returns jsonb language sql stable set search_path = public, pg_temp as $$
  select jsonb_build_object('status', 'send', 'withdrawal', withdrawal_json(w), 'externalId', w.external_id, 'sendToken', w.send_token)
$$;
