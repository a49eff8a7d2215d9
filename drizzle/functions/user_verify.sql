-- {phoneHash, sessionId, device?, now, expiresAt} -> {status: signed_in, userId, name, locale, role, state}
--                                        |  {status: unknown | account_closed}
-- The caller has proof that the number is the user's. Activates a pending user and opens a session at generation 1.
create or replace function user_verify(input jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  person users%rowtype;
  at timestamptz := (input->>'now')::timestamptz;
begin
  select u.* into person from sessions s join users u on u.id = s.user_id where s.id = input->>'sessionId';
  if not found then
    select * into person from users where phone_hash = input->>'phoneHash' for update;
    if not found then
      return jsonb_build_object('status', 'unknown');
    elsif person.state = 'closed' then
      return jsonb_build_object('status', 'account_closed');
    elsif person.state = 'pending' then
      update users set state = 'active', activated_at = at, updated_at = at where id = person.id
      returning * into person;
    end if;
    insert into sessions (id, user_id, device, generation, rotated_at, expires_at, created_at)
    values (input->>'sessionId', person.id, input->>'device', 1, at, (input->>'expiresAt')::timestamptz, at)
    on conflict on constraint sessions_pkey do nothing;
  end if;
  return jsonb_build_object(
    'status', 'signed_in', 'userId', person.id, 'name', person.name, 'locale', person.locale,
    'role', person.role, 'state', person.state
  );
end $$;
