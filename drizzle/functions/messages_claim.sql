-- Hands out queued messages, each once: one found `sending` for two minutes was cut between hand-over and mark, and is left
-- `unknown` for staff. In: now, limit. Out: {status, messages: [{id, userId, template, params, locale, phoneSealed, attempts}]}.
create or replace function messages_claim(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_messages jsonb;
begin
  update messages set state = 'unknown', last_error = 'cut_while_sending'
    where state = 'sending' and not_before < v_now and claimed_at < v_now - interval '2 minutes';
  with due as (
    select id from messages where state = 'queued' and not_before <= v_now order by id limit (input ->> 'limit')::int for update skip locked),
  claimed as (
    update messages m set state = 'sending', attempts = m.attempts + 1, claimed_at = v_now from due where m.id = due.id returning m.*)
  select jsonb_agg(jsonb_build_object('id', c.id, 'userId', c.user_id, 'template', c.template, 'params', c.params, 'attempts', c.attempts,
      'locale', u.locale, 'phoneSealed', u.phone_sealed) order by c.id)
    into v_messages from claimed c join users u on u.id = c.user_id;
  return jsonb_build_object('status', 'claimed', 'messages', coalesce(v_messages, '[]'));
end $$;
