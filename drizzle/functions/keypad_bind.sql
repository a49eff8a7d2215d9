-- Names the rental that a session on a keypad acts on, once: a repeat of the same input, however late, answers the first one and never a
-- newer rental of the same person. In: userId, rentalId, key {route, key, bodyHash}, promise? {id, userId, template?, text, dedupeKey, notBefore}, now. Out:
-- bound {rentalId, isFirst}. What somebody was promised to hear is queued with it: it goes out as it stands when nothing took its place before
-- (message_promised), so that whoever asked hears something in any case.
create or replace function keypad_bind(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_actor text := 'user:' || (input ->> 'userId');
  v_is_first boolean;
begin
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', input ->> 'rentalId', (input ->> 'now')::timestamptz)
    on conflict on constraint idempotency_keys_pkey do nothing;
  v_is_first := found;
  if v_is_first and jsonb_typeof(input -> 'promise') = 'object' then
    insert into messages (id, user_id, template, params, dedupe_key, state, not_before, created_at)
      values (input #>> '{promise,id}', input #>> '{promise,userId}', coalesce(input #>> '{promise,template}', 'answer'), jsonb_build_object('text', input #>> '{promise,text}'),
        input #>> '{promise,dedupeKey}', 'queued', (input #>> '{promise,notBefore}')::timestamptz, (input ->> 'now')::timestamptz)
      on conflict (dedupe_key) do nothing;
  end if;
  return jsonb_build_object('status', 'bound', 'isFirst', v_is_first, 'rentalId', (select created_id from idempotency_keys
    where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}'));
end $$;
