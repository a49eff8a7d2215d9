-- Marks a claimed message. In: id, result sent | failed | unknown | queued (try again at notBefore), providerReference?, error?, notBefore?, now.
create or replace function message_sent(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update messages set state = input ->> 'result', provider_reference = input ->> 'providerReference', last_error = input ->> 'error',
      not_before = coalesce((input ->> 'notBefore')::timestamptz, not_before),
      sent_at = case when input ->> 'result' = 'sent' then (input ->> 'now')::timestamptz end
    where id = input ->> 'id' and state = 'sending';
  return '{"status": "stored"}';
end $$;
