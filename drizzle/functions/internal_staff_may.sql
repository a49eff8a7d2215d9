-- Whether this person may do it now: a token outlives a change of role by its 15 minutes. Locks the person, so that what one of staff
-- does at once follows each other, also under one idempotency key.
create or replace function internal_staff_may(p_user_id text, p_roles text[]) returns boolean language plpgsql set search_path = public, pg_temp as $$
begin
  perform 1 from users where id = p_user_id and role = any(p_roles) and state = 'active' for no key update;
  return found;
end $$;
