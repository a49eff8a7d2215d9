-- Keeps a part of a provider's statement. In: id, provider, fileHash, fromAt, toAt, lineCount, lines [{providerReference,
-- ourReference, direction, amountTzs, status, occurredAt}], actor, now, requestId. Out: {status, statementId, added, changed,
-- known, conflicting}. A line is known by the provider's reference and its direction, in whatever file it comes: pending may
-- become anything, failed may become paid, paid may be reversed; another amount is kept beside the first and is a break.
create or replace function statement_import(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_id text;
  v_given int := jsonb_array_length(input -> 'lines');
  v_added int;
  v_changed int;
  v_conflicting int;
begin
  insert into statements (id, provider, file_hash, from_at, to_at, line_count, imported_at, imported_by)
    values (input ->> 'id', input ->> 'provider', input ->> 'fileHash', (input ->> 'fromAt')::timestamptz, (input ->> 'toAt')::timestamptz,
      (input ->> 'lineCount')::int, v_now, input ->> 'actor')
    on conflict (file_hash) do nothing returning id into v_id;
  if v_id is null then
    select id into strict v_id from statements where file_hash = input ->> 'fileHash';
  else
    perform internal_audit(v_now, input ->> 'actor', 'statement_imported', v_id,
      jsonb_build_object('provider', input ->> 'provider', 'lines', (input ->> 'lineCount')::int), input ->> 'requestId');
  end if;
  with given as (
    select * from jsonb_to_recordset(input -> 'lines')
      as l ("providerReference" text, "ourReference" text, direction text, "amountTzs" bigint, status text, "occurredAt" timestamptz)),
  put as (
    insert into statement_lines as s (provider, provider_reference, direction, our_reference, amount_tzs, status, occurred_at, statement_id, changed_at)
      select input ->> 'provider', "providerReference", direction, "ourReference", "amountTzs", status, "occurredAt", v_id, v_now
        from given order by "providerReference", direction
      on conflict (provider, provider_reference, direction) do update set
        our_reference = coalesce(s.our_reference, excluded.our_reference),
        conflicting_amount_tzs = case when excluded.amount_tzs <> s.amount_tzs then excluded.amount_tzs else s.conflicting_amount_tzs end,
        status = case when s.status = 'pending' or (s.status = 'failed' and excluded.status in ('paid', 'reversed'))
          or (s.status = 'paid' and excluded.status = 'reversed') then excluded.status else s.status end,
        changed_at = v_now
      where (s.our_reference is null and excluded.our_reference is not null)
        or (excluded.amount_tzs <> s.amount_tzs and excluded.amount_tzs is distinct from s.conflicting_amount_tzs)
        or (s.status = 'pending' and excluded.status <> 'pending') or (s.status = 'failed' and excluded.status in ('paid', 'reversed'))
        or (s.status = 'paid' and excluded.status = 'reversed')
      returning s.statement_id = v_id and s.changed_at = v_now and xmax = 0 as is_new, s.conflicting_amount_tzs is not null as is_conflicting)
  select count(*) filter (where is_new), count(*) filter (where not is_new), count(*) filter (where is_conflicting)
    into v_added, v_changed, v_conflicting from put;
  return jsonb_build_object('status', 'imported', 'statementId', v_id, 'added', v_added, 'changed', v_changed,
    'known', v_given - v_added - v_changed, 'conflicting', v_conflicting);
end $$;
