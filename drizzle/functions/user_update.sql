-- What a person says of himself. In: userId, changes {name, locale, emailSealed? (null: none), quiet? {from, to} in minutes of the day (null: none),
-- wantsOffers?}, now. What is not named stays. Out: {status: stored, user: as `user_json`} | account_closed.
create or replace function user_update(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_changes jsonb := input -> 'changes';
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_user users;
begin
  update users set
      name = v_changes ->> 'name',
      locale = v_changes ->> 'locale',
      email_sealed = case when v_changes ? 'emailSealed' then v_changes ->> 'emailSealed' else email_sealed end,
      quiet_from_minute = case when v_changes ? 'quiet' then (v_changes #>> '{quiet,from}')::smallint else quiet_from_minute end,
      quiet_to_minute = case when v_changes ? 'quiet' then (v_changes #>> '{quiet,to}')::smallint else quiet_to_minute end,
      -- The day on which somebody first agreed is the one that counts.
      offers_accepted_at = case (v_changes ->> 'wantsOffers')::boolean
        when true then coalesce(offers_accepted_at, v_now) when false then null else offers_accepted_at end,
      updated_at = v_now
    where id = input ->> 'userId' and state <> 'closed'
    returning * into v_user;
  if not found then
    return '{"status": "account_closed"}';
  end if;
  return jsonb_build_object('status', 'stored', 'user', user_json(v_user));
end $$;
