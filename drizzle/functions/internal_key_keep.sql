-- Keeps what an idempotency key made, in the transaction that made it.
create or replace function internal_key_keep(p_actor text, p_key jsonb, p_created_id text, p_now timestamptz)
returns void language sql set search_path = public, pg_temp as $$
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (p_actor, p_key ->> 'route', p_key ->> 'key', p_key ->> 'bodyHash', p_created_id, p_now)
$$;
