-- {sessionId, generation, now, expiresAt, graceSeconds} -> {status: refreshed, generation, userId, role}
--                                                       |  {status: refresh_invalid | reused | account_closed}
-- Current generation: the next one. Its direct predecessor within the grace: the current one again, nothing written; a
-- 2G answer may have been lost, and so may ours to the Worker. Anything older was copied: the whole family ends.
create or replace function session_refresh(input jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  family sessions%rowtype;
  person users%rowtype;
  given integer := (input->>'generation')::integer;
  at timestamptz := (input->>'now')::timestamptz;
begin
  select * into family from sessions where id = input->>'sessionId' for update;
  if not found or family.revoked_at is not null or family.expires_at <= at or given > family.generation then
    return jsonb_build_object('status', 'refresh_invalid');
  end if;
  select * into strict person from users where id = family.user_id;
  if person.state = 'closed' then
    return jsonb_build_object('status', 'account_closed');
  end if;
  if given = family.generation then
    update sessions
    set generation = given + 1, rotated_at = at, expires_at = (input->>'expiresAt')::timestamptz
    where id = family.id
    returning * into family;
  elsif given < family.generation - 1
    or at > family.rotated_at + make_interval(secs => (input->>'graceSeconds')::double precision) then
    update sessions set revoked_at = at, revoked_reason = 'reuse' where id = family.id;
    return jsonb_build_object('status', 'reused', 'userId', person.id);
  end if;
  return jsonb_build_object(
    'status', 'refreshed', 'generation', family.generation, 'userId', person.id, 'role', person.role
  );
end $$;
