-- An admin enters power banks into the fleet. In: powerBankIds, staffId, now, requestId. Out: registered {registered: [id], known: [id]} | forbidden.
-- One that already sits in a slot, unknown until now, is taken from there; all others begin in the depot.
create or replace function banks_register(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_new text[];
  v_seen record;
begin
  if not internal_staff_may(input ->> 'staffId', '{admin}') then
    return '{"status": "forbidden"}';
  end if;
  with made as (
    insert into power_banks (id, place, updated_at)
      select distinct id, 'depot', v_now from jsonb_array_elements_text(input -> 'powerBankIds') as id order by id
      on conflict (id) do nothing returning id)
  select coalesce(array_agg(id order by id), '{}') into v_new from made;
  for v_seen in
    select distinct on (c.power_bank_id) c.power_bank_id, c.station_id, c.slot, c.outcome from custody c
      where c.power_bank_id = any(v_new) order by c.power_bank_id, c.at desc, c.id desc
  loop
    if v_seen.outcome = 'unknown_bank' then
      update power_banks set place = 'slot', station_id = v_seen.station_id, slot = v_seen.slot where id = v_seen.power_bank_id;
      update stations set config_version = config_version + 1 where id = v_seen.station_id;
    end if;
    perform internal_ticket_over('unknown_bank:' || v_seen.power_bank_id, 'registered', v_actor, v_now, input ->> 'requestId');
  end loop;
  perform internal_audit(v_now, v_actor, 'bank_registered', id, '{}', input ->> 'requestId') from unnest(v_new) as id;
  return jsonb_build_object('status', 'registered', 'registered', to_jsonb(v_new), 'known', (
    select coalesce(jsonb_agg(distinct id), '[]') from jsonb_array_elements_text(input -> 'powerBankIds') as id where id <> all(v_new)));
end $$;
