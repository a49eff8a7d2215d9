-- A person as the Worker reads one.
create or replace function user_json(u users) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('phoneSealed', u.phone_sealed, 'emailSealed', u.email_sealed, 'name', u.name, 'locale', u.locale, 'state', u.state,
    'role', u.role, 'quietFromMinute', u.quiet_from_minute, 'quietToMinute', u.quiet_to_minute, 'offersAcceptedAtMs', internal_ms(u.offers_accepted_at),
    'createdAtMs', internal_ms(u.created_at))
$$;
