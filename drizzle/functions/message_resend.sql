-- Staff send a message again of which nobody knows that it arrived. In: messageId, newId, staffId, reason, now, requestId.
-- Out: resent {messageId} | message_unknown | message_state {state} | forbidden.
create or replace function message_resend(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  m messages;
begin
  select * into m from messages where id = input ->> 'messageId' for update;
  if m.resent_as = input ->> 'newId' then
    return jsonb_build_object('status', 'resent', 'messageId', m.resent_as);
  end if;
  if not exists (select from users where id = input ->> 'staffId' and role in ('support', 'finance', 'admin') and state = 'active') then
    return '{"status": "forbidden"}';
  end if;
  if m.id is null then
    return '{"status": "message_unknown"}';
  end if;
  if m.resent_as is not null or not (m.state in ('unknown', 'failed') or m.state = 'sent' and m.delivery = 'failed') then
    return jsonb_build_object('status', 'message_state', 'state', case when m.resent_as is null then m.state else 'resent' end);
  end if;
  insert into messages (id, user_id, template, params, dedupe_key, state, not_before, created_at)
    values (input ->> 'newId', m.user_id, m.template, m.params, 'resend:' || m.id, 'queued', v_now, v_now);
  update messages set resent_as = input ->> 'newId' where id = m.id;
  perform internal_audit(v_now, 'staff:' || (input ->> 'staffId'), 'message_resent', m.id,
    jsonb_build_object('messageId', input ->> 'newId', 'userId', m.user_id, 'template', m.template, 'state', m.state, 'reason', input ->> 'reason'),
    input ->> 'requestId');
  return jsonb_build_object('status', 'resent', 'messageId', input ->> 'newId');
end $$;
