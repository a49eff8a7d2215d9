-- A person of finance says how a withdrawal ended that nobody can prove; the second who says the same makes it so. In: withdrawalId, outcome
-- paid | returned, staffId, reason, messageId, now, requestId. Out: voted | closed {withdrawal} | too_early {notBeforeMs} | withdrawal_state |
-- four_eyes_required | withdrawal_unknown | forbidden. On its way: not before 72 hours after it was sent. Ended, but contradicted or on
-- the word of a callback alone: at once.
create or replace function withdrawal_close(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_staff text := input ->> 'staffId';
  v_outcome text := input ->> 'outcome';
  v_withdrawal withdrawals;
  v_is_on_its_way boolean;
  v_voters int;
begin
  if not internal_staff(v_staff) then
    return '{"status": "forbidden"}';
  end if;
  select * into v_withdrawal from withdrawals where id = input ->> 'withdrawalId';
  if not found then
    return '{"status": "withdrawal_unknown"}';
  end if;
  perform 1 from users where id = v_withdrawal.user_id for no key update;
  select * into v_withdrawal from withdrawals where id = v_withdrawal.id for update;
  v_is_on_its_way := v_withdrawal.state in ('sending', 'submitted', 'unknown');
  if v_withdrawal.settled_by = 'staff' and not v_withdrawal.needs_review and (v_withdrawal.state = 'succeeded') = (v_outcome = 'paid') then
    return jsonb_build_object('status', 'closed', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  if not v_is_on_its_way and not v_withdrawal.needs_review and not (v_withdrawal.state = 'failed' and v_withdrawal.settled_by = 'callback') then
    return jsonb_build_object('status', 'withdrawal_state', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  if v_is_on_its_way and v_now < v_withdrawal.sent_at + interval '72 hours' then
    return jsonb_build_object('status', 'too_early', 'notBeforeMs', internal_ms(v_withdrawal.sent_at + interval '72 hours'));
  end if;
  if v_withdrawal.user_id = v_staff then
    return '{"status": "four_eyes_required"}';
  end if;
  -- Its money was refunded again, or is about to be.
  if v_withdrawal.kind = 'suspense' and v_withdrawal.state in ('failed', 'refused') and v_outcome = 'paid'
      and not exists (select from suspense_items where id = v_withdrawal.suspense_id and state = 'open' for update) then
    return jsonb_build_object('status', 'withdrawal_state', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;

  insert into withdrawal_votes (withdrawal_id, staff_id, outcome, reason, at) values (v_withdrawal.id, v_staff, v_outcome, input ->> 'reason', v_now);
  perform internal_audit(v_now, 'staff:' || v_staff, 'withdrawal_close_voted', v_withdrawal.id,
    jsonb_build_object('outcome', v_outcome, 'reason', input ->> 'reason'), input ->> 'requestId');
  select count(*) into v_voters from (
    select distinct on (staff_id) staff_id, outcome from withdrawal_votes
      where withdrawal_id = v_withdrawal.id and at > coalesce(v_withdrawal.settled_at, '-infinity') order by staff_id, id desc) latest
    where outcome = v_outcome and internal_staff(staff_id);
  if v_voters < 2 then
    return jsonb_build_object('status', 'voted', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  if v_is_on_its_way and v_outcome = 'paid' then
    v_withdrawal := internal_withdrawal_pay(v_withdrawal, 'staff', null, null, 'staff:' || v_staff, input ->> 'messageId', v_now, input ->> 'requestId');
  elsif v_is_on_its_way then
    v_withdrawal := internal_withdrawal_return(v_withdrawal, 'failed', 'closed_by_staff', 'staff', 'staff:' || v_staff, input ->> 'messageId', v_now, input ->> 'requestId');
  else
    v_withdrawal := internal_withdrawal_correct(v_withdrawal, v_outcome, 'staff:' || v_staff, v_now, input ->> 'requestId');
  end if;
  update withdrawals set needs_review = false where id = v_withdrawal.id returning * into v_withdrawal;
  return jsonb_build_object('status', 'closed', 'withdrawal', withdrawal_json(v_withdrawal));
end $$;
