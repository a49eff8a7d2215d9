-- {userId, sessionId, isEvery, now} -> {status: revoked, count} | {status: session_unknown}
-- Ends one session of the user, or every one. What is ended already stays as it ended.
create or replace function session_revoke(input jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  ended integer;
  is_every boolean := (input->>'isEvery')::boolean;
begin
  update sessions
  set revoked_at = (input->>'now')::timestamptz, revoked_reason = case when is_every then 'logout_all' else 'logout' end
  where user_id = input->>'userId' and revoked_at is null and (is_every or id = input->>'sessionId');
  get diagnostics ended = row_count;
  if ended = 0 and not is_every
    and not exists (select from sessions where id = input->>'sessionId' and user_id = input->>'userId') then
    return '{"status": "session_unknown"}';
  end if;
  return jsonb_build_object('status', 'revoked', 'count', ended);
end $$;
