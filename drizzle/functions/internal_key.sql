-- What an idempotency key of this actor already made: null for a new one, the created id, or 'idempotency_mismatch' for another body.
create or replace function internal_key(p_actor text, p_key jsonb) returns text language sql stable set search_path = public, pg_temp as $$
  select case when body_hash = p_key ->> 'bodyHash' then created_id else 'idempotency_mismatch' end
  from idempotency_keys where actor = p_actor and route = p_key ->> 'route' and key = p_key ->> 'key'
$$;
