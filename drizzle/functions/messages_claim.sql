-- Hands out queued messages, each once: one found `sending` for two minutes was cut between hand-over and mark, and is left `unknown`. A notice
-- waits for the end of its reader's quiet hours; what is expired, about a rental that is over, or above the reader's ceiling of the day is skipped.
-- A call that is repeated, because its answer was lost, is given what it claimed. In: claimId, now, limit, notices [template], ceilings [{templates, most}]. Out: {status, messages: [{id, userId, template, params, locale, phoneSealed, attempts}],
-- due: how many were looked at, cut: how many were found cut}.
create or replace function messages_claim(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_day timestamptz := date_trunc('day', v_now at time zone 'Africa/Dar_es_Salaam') at time zone 'Africa/Dar_es_Salaam';
  v_notices text[] := array(select jsonb_array_elements_text(coalesce(input -> 'notices', '[]')));
  v_due text[];
  v_ceiling jsonb;
  v_templates text[];
  v_messages jsonb;
  v_cut int;
begin
  v_messages := internal_claimed(input ->> 'claimId');
  if v_messages is not null then
    return jsonb_build_object('status', 'claimed', 'messages', v_messages, 'due', jsonb_array_length(v_messages), 'cut', 0);
  end if;
  update messages set state = 'unknown', last_error = 'cut_while_sending'
    where state = 'sending' and not_before < v_now and claimed_at < v_now - interval '2 minutes';
  get diagnostics v_cut = row_count;
  v_due := array(
    select id from messages where state = 'queued' and not_before <= v_now order by id limit (input ->> 'limit')::int for update skip locked);
  if v_due = '{}' then
    return jsonb_build_object('status', 'claimed', 'messages', '[]'::jsonb, 'due', 0, 'cut', v_cut);
  end if;

  update messages m set state = 'skipped', last_error = case when expires_at <= v_now then 'expired' else 'rental_over' end
    where m.id = any (v_due) and (m.expires_at <= v_now
      or m.rental_id is not null and exists (select from rentals r where r.id = m.rental_id and r.status <> 'active'));
  update messages m set not_before = internal_quiet_end(u.quiet_from_minute, u.quiet_to_minute, v_now)
    from users u
    where m.id = any (v_due) and m.state = 'queued' and m.template = any (v_notices) and u.id = m.user_id
      and internal_quiet_end(u.quiet_from_minute, u.quiet_to_minute, v_now) is not null;

  for v_ceiling in select * from jsonb_array_elements(coalesce(input -> 'ceilings', '[]')) loop
    v_templates := array(select jsonb_array_elements_text(v_ceiling -> 'templates'));
    -- Two that claim at once must not each take the last of the day.
    perform pg_advisory_xact_lock(hashtextextended('messages:' || d.user_id, 0)) from (
      select distinct user_id from messages
        where id = any (v_due) and state = 'queued' and not_before <= v_now and template = any (v_templates) order by user_id) d;
    with due as (
      select id, user_id, row_number() over (partition by user_id order by id) as nth from messages
        where id = any (v_due) and state = 'queued' and not_before <= v_now and template = any (v_templates))
    update messages m set state = 'skipped', last_error = 'ceiling_of_the_day'
      from due
      where m.id = due.id and due.nth + (
        select count(*) from messages s
          where s.user_id = due.user_id and s.claimed_at >= v_day and s.template = any (v_templates) and s.state in ('sending', 'sent', 'unknown'))
        > (v_ceiling ->> 'most')::int;
  end loop;

  update messages m set state = 'sending', attempts = m.attempts + 1, claimed_at = v_now, claim_id = input ->> 'claimId'
    where m.id = any (v_due) and m.state = 'queued' and m.not_before <= v_now;
  return jsonb_build_object('status', 'claimed', 'messages', coalesce(internal_claimed(input ->> 'claimId'), '[]'),
    'due', cardinality(v_due), 'cut', v_cut);
end $$;
