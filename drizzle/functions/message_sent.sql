-- Marks a claimed message. In: id, result sent | failed | unknown | queued (try again at notBefore), provider?, providerReference?, error?, notBefore?, now.
create or replace function message_sent(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_report message_reports;
begin
  if input ->> 'providerReference' is not null then
    perform internal_report_lock(input ->> 'provider', input ->> 'providerReference');
  end if;
  update messages set state = input ->> 'result', provider = input ->> 'provider', provider_reference = input ->> 'providerReference',
      last_error = input ->> 'error', not_before = coalesce((input ->> 'notBefore')::timestamptz, not_before),
      sent_at = case when input ->> 'result' = 'sent' then (input ->> 'now')::timestamptz end
    where id = input ->> 'id' and state = 'sending';
  if input ->> 'providerReference' is not null then
    -- A report may be quicker than this mark.
    for v_report in update message_reports set message_id = input ->> 'id'
        where provider = input ->> 'provider' and provider_reference = input ->> 'providerReference' and message_id is null returning * loop
      perform internal_message_delivery(v_report, false);
    end loop;
  end if;
  return '{"status": "stored"}';
end $$;
