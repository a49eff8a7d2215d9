-- Finance publishes terms: a new tariff, or the next version of one. Stations keep theirs until they are given this one; rentals keep what they
-- began with. In: tariffId, name, terms, reason, staffId, use, now, requestId. Out: published | replayed {tariff} | idempotency_mismatch | forbidden.
create or replace function tariff_publish(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_tariff tariffs;
  v_used text;
begin
  if not internal_staff_may(input ->> 'staffId', '{finance,admin}') then
    return '{"status": "forbidden"}';
  end if;
  v_used := internal_key(v_actor, input -> 'use');
  if v_used = 'idempotency_mismatch' then
    return '{"status": "idempotency_mismatch"}';
  elsif v_used is not null then
    return (select jsonb_build_object('status', 'replayed', 'tariff', tariff_json(t)) from tariffs t where t.id = v_used);
  end if;
  -- Versions of one name follow each other.
  perform pg_advisory_xact_lock(hashtextextended('tariff:' || (input ->> 'name'), 0));
  insert into tariffs (id, name, version, terms, created_at)
    values (input ->> 'tariffId', input ->> 'name',
      (select coalesce(max(version), 0) + 1 from tariffs where name = input ->> 'name'), input -> 'terms', v_now)
    returning * into v_tariff;
  perform internal_key_keep(v_actor, input -> 'use', v_tariff.id, v_now);
  perform internal_audit(v_now, v_actor, 'tariff_published', v_tariff.id,
    jsonb_build_object('name', v_tariff.name, 'version', v_tariff.version, 'reason', input ->> 'reason'), input ->> 'requestId');
  return jsonb_build_object('status', 'published', 'tariff', tariff_json(v_tariff));
end $$;
