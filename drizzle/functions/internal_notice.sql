-- As internal_message, for what is worth nothing later: skipped from `p_expires_at` on, and once the rental is not active any more. Both may be null.
create or replace function internal_notice(
  p_id text, p_user_id text, p_template text, p_params jsonb, p_dedupe_key text, p_now timestamptz, p_rental_id text, p_expires_at timestamptz
) returns void language sql set search_path = public, pg_temp as $$
  insert into messages (id, user_id, template, params, dedupe_key, state, not_before, created_at, rental_id, expires_at)
    values (p_id, p_user_id, p_template, p_params, p_dedupe_key, 'queued', p_now, p_now, p_rental_id, p_expires_at)
    on conflict (dedupe_key) do nothing
$$;
