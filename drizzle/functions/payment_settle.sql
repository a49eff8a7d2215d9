-- Stores a provider's callback, then acts on it. In: provider, bodyHash, bodySealed, signature, externalId, providerReference,
-- operatorReference, result succeeded | failed | other, amountTzs, receivedAt, messageId, now, requestId. Out: {outcome, alert?, payment?,
-- rental?, dispense?}; outcome = credited | failed | suspense | ignored | duplicate, or `stored` when the money part failed: the raw body is
-- kept and cron calls again. The same bytes again change nothing.
create or replace function payment_settle(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_callback payment_callbacks;
  v_rental rentals;
  v_result jsonb;
  v_error text;
  v_constraint text;
begin
  insert into payment_callbacks (provider, body_hash, body_sealed, signature, state, received_at)
    values (input ->> 'provider', input ->> 'bodyHash', input ->> 'bodySealed', input ->> 'signature', 'failed', (input ->> 'receivedAt')::timestamptz)
    on conflict (body_hash) do nothing returning * into v_callback;
  if v_callback.id is null then
    select * into strict v_callback from payment_callbacks where body_hash = input ->> 'bodyHash' for update;
    if v_callback.state = 'applied' then
      select r.* into v_rental from rentals r join payments p on p.rental_id = r.id where p.id = v_callback.payment_id;
      return jsonb_build_object('outcome', 'duplicate', 'dispense', coalesce(v_rental.status = 'dispensing', false),
        'rental', case when v_rental.id is null then null else rental_json(v_rental) end);
    end if;
  end if;

  begin
    v_result := internal_payment_apply(input, v_callback);
    update payment_callbacks set state = 'applied', outcome = v_result ->> 'outcome', applied_at = v_now, last_error = null where id = v_callback.id;
    set constraints all immediate;
  exception when others then
    get stacked diagnostics v_error = returned_sqlstate, v_constraint = constraint_name;
    update payment_callbacks set attempts = attempts + 1, last_error = v_error || ' ' || coalesce(v_constraint, '') where id = v_callback.id;
    return jsonb_build_object('outcome', 'stored', 'alert', 'callback_failed', 'error', v_error);
  end;
  set constraints all deferred;
  return v_result;
end $$;
