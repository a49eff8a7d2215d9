-- A person chose a language. In: userId, locale, now. Out: {status: stored}.
create or replace function user_speak(input jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update users set locale = input ->> 'locale', updated_at = (input ->> 'now')::timestamptz
    where id = input ->> 'userId' and state <> 'closed' and locale <> input ->> 'locale';
  return '{"status": "stored"}';
end $$;
