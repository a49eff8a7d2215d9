-- What withdrawals need beside their first way. In: now, limit. Out: {status: listed, cut, send: [id], query: [{id, providerReference, provider}],
-- proven: [{id, result, amountTzs, providerReference}], failedCallbacks: [{bodyHash, bodySealed, receivedAtMs}]}. A send without a recorded
-- answer after two minutes is called unknown; a query is claimed with its next time, doubling up to an hour, for 30 days.
create or replace function withdrawals_sweep(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_limit int := (input ->> 'limit')::int;
  v_cut int;
  v_query jsonb;
begin
  with due as (
    select id from withdrawals where state = 'sending' and sent_at < v_now - interval '2 minutes' order by id limit v_limit for update skip locked)
  update withdrawals w set state = 'unknown', reason = 'cut_while_sending' from due where w.id = due.id;
  get diagnostics v_cut = row_count;
  with due as (
    select id from withdrawals where next_query_at <= v_now and state <> 'created' order by next_query_at limit v_limit for update skip locked),
  claimed as (
    update withdrawals w set query_count = w.query_count + 1,
        next_query_at = case when w.created_at > v_now - interval '30 days' then v_now + least(interval '1 hour', interval '1 minute' * 2 ^ least(w.query_count, 6)) end
      from due where w.id = due.id returning w.*)
  select jsonb_agg(jsonb_build_object('id', id, 'providerReference', provider_reference, 'provider', provider)) into v_query from claimed;
  return jsonb_build_object('status', 'listed', 'cut', v_cut, 'query', coalesce(v_query, '[]'),
    'send', (select coalesce(jsonb_agg(id), '[]') from
      (select id from withdrawals where state = 'created' and next_query_at <= v_now order by id limit v_limit) a),
    'proven', (select coalesce(jsonb_agg(told), '[]') from (
      select jsonb_build_object('id', w.id, 'result', case l.status when 'paid' then 'succeeded' else 'failed' end,
          'amountTzs', l.amount_tzs, 'providerReference', l.provider_reference) as told
        from withdrawals w cross join lateral (
          select * from statement_lines where our_reference = w.external_id
          union all
          -- A statement need not name our own ids.
          select * from statement_lines where provider = 'azampay' and provider_reference = w.provider_reference and our_reference is null) l
        where w.state in ('sending', 'submitted', 'unknown') and l.provider = 'azampay' and l.direction = 'out' and l.status in ('paid', 'failed')
          and l.conflicting_amount_tzs is null
        order by w.id limit v_limit) due),
    'failedCallbacks', (select coalesce(jsonb_agg(jsonb_build_object('bodyHash', body_hash, 'bodySealed', body_sealed, 'receivedAtMs', internal_ms(received_at))), '[]')
      from (select * from withdrawal_callbacks where state = 'failed' order by id limit v_limit) d));
end $$;
