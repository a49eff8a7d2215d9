-- {userId, phoneHash, phoneSealed, name, locale, now} -> {status: registered, userId, locale, state}
-- Writes one row whether the number is known or not: a commit takes longer than none, and that would tell. A pending
-- user's name and language are those of the last request; nobody else's change.
create or replace function user_register(input jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  known users%rowtype;
begin
  select * into known from users where id = input->>'userId';
  if not found then
    insert into users as u (id, phone_hash, phone_sealed, name, locale, state, role, created_at, updated_at)
    values (
      input->>'userId', input->>'phoneHash', input->>'phoneSealed', input->>'name', input->>'locale',
      'pending', 'renter', (input->>'now')::timestamptz, (input->>'now')::timestamptz
    )
    on conflict on constraint users_phone_hash_key do update set
      name = case when u.state = 'pending' then excluded.name else u.name end,
      locale = case when u.state = 'pending' then excluded.locale else u.locale end,
      updated_at = case when u.state = 'pending' then excluded.updated_at else u.updated_at end
    returning * into known;
  end if;
  return jsonb_build_object(
    'status', 'registered', 'userId', known.id, 'locale', known.locale, 'state', known.state
  );
end $$;
