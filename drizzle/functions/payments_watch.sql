-- Payments that nobody answered, and those a new statement answers. In: now, limit, isProbed. Out: {status: listed, probe: [{id, externalId,
-- providerReference, provider, amountTzs}], proven: [the same]}. A probe is claimed with its next time, doubling from a minute to six hours; an
-- expired payment is watched for 7 days. A statement is looked at for a quarter of an hour after its import, for payments of the last 60 days.
create or replace function payments_watch(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_limit int := (input ->> 'limit')::int;
  v_probe jsonb;
  v_proven jsonb;
begin
  if (input ->> 'isProbed')::boolean then
    with due as (
      select id from payments
      where state in ('submitted', 'unknown', 'expired') and created_at > v_now - interval '7 days' and provider_reference is not null
        and coalesce(next_probe_at, submitted_at + interval '1 minute') <= v_now
      order by created_at limit v_limit for update skip locked),
    claimed as (
      update payments p set probe_count = p.probe_count + 1,
          next_probe_at = v_now + least(interval '6 hours', interval '1 minute' * 2 ^ least(p.probe_count, 9))
        from due where p.id = due.id returning p.*)
    select jsonb_agg(jsonb_build_object('id', id, 'externalId', external_id, 'providerReference', provider_reference, 'provider', provider,
      'amountTzs', amount_tzs)) into v_probe from claimed;
  end if;
  if exists (select from statements where provider = 'azampay' and imported_at > v_now - interval '15 minutes') then
    select jsonb_agg(told) into v_proven from (select jsonb_build_object('id', p.id, 'externalId', p.external_id,
        'providerReference', l.provider_reference, 'provider', p.provider, 'amountTzs', l.amount_tzs) as told
      from (select * from payments where state in ('submitted', 'unknown', 'expired', 'failed') and created_at > v_now - interval '60 days'
        order by created_at desc limit 20000) p
      join statement_lines l on l.our_reference = p.external_id and l.provider = 'azampay' and l.direction = 'in' and l.status = 'paid'
        and l.conflicting_amount_tzs is null and l.amount_tzs = p.amount_tzs
        and coalesce(p.provider_reference, l.provider_reference) = l.provider_reference
      where not exists (select from suspense_items s where s.provider_reference = l.provider_reference)
      order by p.id limit v_limit) due;
  end if;
  return jsonb_build_object('status', 'listed', 'probe', coalesce(v_probe, '[]'), 'proven', coalesce(v_proven, '[]'));
end $$;
