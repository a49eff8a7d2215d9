-- A delivery report. In: provider, providerReference, messageId? (our own id, where the provider repeats it), outcome pending | delivered | failed,
-- statusWord, reason?, resolves, now. Out: stored {messageId} | known (the same again changes nothing).
create or replace function message_report(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_report message_reports;
  v_message_id text;
begin
  perform internal_report_lock(input ->> 'provider', input ->> 'providerReference');
  select id into v_message_id from messages where id = input ->> 'messageId' for no key update;
  if not found then
    select id into v_message_id from messages
      where provider_reference = input ->> 'providerReference' and provider = input ->> 'provider' order by id desc limit 1 for no key update;
  end if;
  insert into message_reports (provider, provider_reference, message_id, outcome, status_word, reason, received_at)
    values (input ->> 'provider', input ->> 'providerReference', v_message_id, input ->> 'outcome', input ->> 'statusWord', input ->> 'reason',
      (input ->> 'now')::timestamptz)
    on conflict on constraint message_reports_provider_provider_reference_status_word_key do nothing
    returning * into v_report;
  if not found then
    return '{"status": "known"}';
  end if;
  perform internal_message_delivery(v_report, (input ->> 'resolves')::boolean);
  return jsonb_build_object('status', 'stored', 'messageId', v_message_id);
end $$;
