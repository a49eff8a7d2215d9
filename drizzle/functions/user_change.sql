-- Staff suspend a person or let them go on, or appoint them. In: userId, change state | role, value, reason, staffId, now, requestId. Out: changed
-- (also when it was so) | user_unknown | user_state {state}: pending or closed | own_account: nobody decides about himself | forbidden. Support
-- suspends renters; staff and roles are for an admin. Whoever loses a role or is suspended is signed out everywhere.
create or replace function user_change(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_change text := input ->> 'change';
  v_value text := input ->> 'value';
  v_user users;
  v_before text;
begin
  -- Both people in the order of their ids, so that two admins who decide about each other do not wait for ever.
  perform 1 from users where id in (input ->> 'staffId', input ->> 'userId') order by id for no key update;
  if not internal_staff_may(input ->> 'staffId', case when v_change = 'role' then '{admin}' else '{support,admin}' end::text[]) then
    return '{"status": "forbidden"}';
  end if;
  select * into v_user from users where id = input ->> 'userId';
  if not found then
    return '{"status": "user_unknown"}';
  end if;
  if v_user.id = input ->> 'staffId' then
    return '{"status": "own_account"}';
  end if;
  if v_user.role <> 'renter' and not internal_staff_may(input ->> 'staffId', '{admin}') then
    return '{"status": "forbidden"}';
  end if;
  if v_user.state in ('pending', 'closed') then
    return jsonb_build_object('status', 'user_state', 'state', v_user.state);
  end if;
  v_before := case when v_change = 'role' then v_user.role else v_user.state end;
  if v_before <> v_value then
    update users set role = case when v_change = 'role' then v_value else role end, state = case when v_change = 'state' then v_value else state end,
      updated_at = v_now where id = v_user.id;
    if v_change = 'role' or v_value = 'suspended' then
      update sessions set revoked_at = v_now, revoked_reason = 'logout_all' where user_id = v_user.id and revoked_at is null;
    end if;
    perform internal_audit(v_now, 'staff:' || (input ->> 'staffId'), 'user_' || v_change, v_user.id,
      jsonb_build_object('from', v_before, 'to', v_value, 'reason', input ->> 'reason'), input ->> 'requestId');
  end if;
  return '{"status": "changed"}';
end $$;
