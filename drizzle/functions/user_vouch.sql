-- Somebody whom a gateway vouches for agrees to have an account. In: userId, phoneHash, phoneSealed, name, locale, termsVersion,
-- gateway, channel, now, requestId.
-- Out: {status: vouched, userId, locale, state}; an account that the number has already stays as it is, a pending one becomes active.
create or replace function user_vouch(input jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_user users;
begin
  insert into users (id, phone_hash, phone_sealed, name, locale, state, role, created_at, updated_at, activated_at,
      terms_version, terms_accepted_at, terms_channel)
    values (input ->> 'userId', input ->> 'phoneHash', input ->> 'phoneSealed', input ->> 'name', input ->> 'locale',
      'active', 'renter', v_now, v_now, v_now, input ->> 'termsVersion', v_now, input ->> 'channel')
    on conflict on constraint users_phone_hash_key do nothing
    returning * into v_user;
  if not found then
    select * into strict v_user from users where phone_hash = input ->> 'phoneHash' for update;
    if v_user.state <> 'pending' then
      return jsonb_build_object('status', 'vouched', 'userId', v_user.id, 'locale', v_user.locale, 'state', v_user.state);
    end if;
    update users set state = 'active', locale = input ->> 'locale', activated_at = v_now, updated_at = v_now,
        terms_version = input ->> 'termsVersion', terms_accepted_at = v_now, terms_channel = input ->> 'channel'
      where id = v_user.id returning * into v_user;
  end if;
  perform internal_audit(v_now, 'user:' || v_user.id, 'account_vouched', v_user.id,
    jsonb_build_object('gateway', input ->> 'gateway'), input ->> 'requestId');
  return jsonb_build_object('status', 'vouched', 'userId', v_user.id, 'locale', v_user.locale, 'state', v_user.state);
end $$;
