-- Whether this person may decide about money now: a token outlives a change of role by its 15 minutes.
create or replace function internal_staff(p_user_id text) returns boolean language sql stable set search_path = public, pg_temp as $$
  select exists (select from users where id = p_user_id and role in ('finance', 'admin') and state = 'active')
$$;
