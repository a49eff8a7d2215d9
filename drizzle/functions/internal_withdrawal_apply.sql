-- What somebody says about a withdrawal, compared with our own record. In: result succeeded | failed | other, amountTzs?, providerReference?,
-- operatorReference?, source callback | query | statement, messageId, now, requestId. Out: {outcome: paid | returned | duplicate | ignored |
-- conflict, alert?, withdrawal}. The caller has locked the renter and the withdrawal.
create or replace function internal_withdrawal_apply(input jsonb, w withdrawals) returns jsonb language plpgsql set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_source text := input ->> 'source';
  v_said text := input ->> 'result';
  v_amount bigint := (input ->> 'amountTzs')::bigint;
  v_reference text := input ->> 'providerReference';
  v_actor text := 'provider:azampay';
  v_alert text;
  v_is_end boolean := w.state in ('succeeded', 'failed', 'refused');
begin
  v_alert := case
    when v_said = 'other' then 'unknown_status_word'
    -- Nobody can know the outcome of what was never handed over.
    when w.sends = 0 then 'withdrawal_never_sent'
    when v_amount <> w.amount_tzs or (v_amount is null and v_said = 'succeeded' and v_source <> 'query') then 'withdrawal_wrong_amount'
    when v_reference <> w.provider_reference then 'withdrawal_reference_mismatch' end;
  if v_alert is not null then
    return jsonb_build_object('outcome', 'ignored', 'alert', v_alert, 'withdrawal', withdrawal_json(w));
  end if;

  if not v_is_end and v_said = 'succeeded' then
    w := internal_withdrawal_pay(w, v_source, v_reference, input ->> 'operatorReference', v_actor, input ->> 'messageId', v_now, input ->> 'requestId');
    return jsonb_build_object('outcome', 'paid', 'withdrawal', withdrawal_json(w));
  end if;
  if not v_is_end then
    if w.provider_reference is null and v_reference is not null then
      update withdrawals set provider_reference = v_reference where id = w.id returning * into w;
    end if;
    w := internal_withdrawal_return(w, 'failed', 'declined', v_source, v_actor, input ->> 'messageId', v_now, input ->> 'requestId');
    return jsonb_build_object('outcome', 'returned', 'withdrawal', withdrawal_json(w));
  end if;
  if (v_said = 'succeeded') = (w.state = 'succeeded') then
    -- The same again; from another source it is the proof of what a callback told.
    if w.settled_by = 'callback' and v_source <> 'callback' then
      update withdrawals set settled_by = v_source, next_query_at = null where id = w.id returning * into w;
    end if;
    return jsonb_build_object('outcome', 'duplicate', 'withdrawal', withdrawal_json(w));
  end if;
  update withdrawals set needs_review = true where id = w.id returning * into w;
  v_alert := case w.state when 'succeeded' then 'withdrawal_failed_after_paid' else 'withdrawal_paid_after_return' end;
  perform internal_audit(v_now, v_actor, 'withdrawal_contradicted', w.id, jsonb_build_object('said', v_said, 'state', w.state, 'by', v_source), input ->> 'requestId');
  return jsonb_build_object('outcome', 'conflict', 'alert', v_alert, 'withdrawal', withdrawal_json(w));
end $$;
