-- Queues one text message in the transaction of the fact. The dedupe key is built from the fact: a second one is dropped.
create or replace function internal_message(
  p_id text, p_user_id text, p_template text, p_params jsonb, p_dedupe_key text, p_now timestamptz
) returns void language sql set search_path = public, pg_temp as $$
  insert into messages (id, user_id, template, params, dedupe_key, state, not_before, created_at)
    values (p_id, p_user_id, p_template, p_params, p_dedupe_key, 'queued', p_now, p_now)
    on conflict (dedupe_key) do nothing
$$;
