-- Names the rental that a session on a keypad acts on, once: a repeat of the same input, however late, answers the first one and never a
-- newer rental of the same person. In: userId, rentalId, key {route, key, bodyHash}, now. Out: bound {rentalId, isFirst}.
create or replace function keypad_bind(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_actor text := 'user:' || (input ->> 'userId');
  v_is_first boolean;
begin
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', input ->> 'rentalId', (input ->> 'now')::timestamptz)
    on conflict on constraint idempotency_keys_pkey do nothing;
  v_is_first := found;
  return jsonb_build_object('status', 'bound', 'isFirst', v_is_first, 'rentalId', (select created_id from idempotency_keys
    where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}'));
end $$;
