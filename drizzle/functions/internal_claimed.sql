-- What a call claimed and nobody has marked since; null when there is nothing.
create or replace function internal_claimed(p_claim_id text) returns jsonb language sql stable set search_path = public, pg_temp as $$
  select jsonb_agg(jsonb_build_object('id', m.id, 'userId', m.user_id, 'template', m.template, 'params', m.params, 'attempts', m.attempts,
      'locale', u.locale, 'phoneSealed', u.phone_sealed) order by m.id)
    from messages m join users u on u.id = m.user_id
    where m.state = 'sending' and m.claim_id = p_claim_id
$$;
