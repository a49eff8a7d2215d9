-- Puts one slot into a state and makes the object's settings say so; the caller has locked the station. Putting it back in service makes the
-- object forget what it held against the slot. Answers whether anything changed.
create or replace function internal_slot_set(
  p_station_id text, p_slot int, p_state text, p_reason text, p_actor text, p_now timestamptz, p_request_id text
) returns boolean language plpgsql set search_path = public, pg_temp as $$
declare
  v_version int;
  v_old text := coalesce((select state from station_slots where station_id = p_station_id and slot = p_slot), 'in_service');
begin
  if v_old = p_state and p_state <> 'in_service' then
    return false;
  end if;
  update stations set config_version = config_version + 1,
      locked_slots = case when p_state = 'in_service' then array_remove(locked_slots, p_slot)
        else (select array_agg(distinct n order by n) from unnest(locked_slots || p_slot) as n) end
    where id = p_station_id returning config_version into v_version;
  insert into station_slots (station_id, slot, state, reason, changed_by, changed_at, released_version)
    values (p_station_id, p_slot, p_state, p_reason, p_actor, p_now, case when p_state = 'in_service' then v_version else 0 end)
    on conflict (station_id, slot) do update set state = excluded.state, reason = excluded.reason, changed_by = excluded.changed_by,
      changed_at = excluded.changed_at, released_version = greatest(station_slots.released_version, excluded.released_version);
  perform internal_audit(p_now, p_actor, 'slot_' || p_state, p_station_id,
    jsonb_build_object('slot', p_slot, 'from', v_old, 'reason', p_reason), p_request_id);
  return true;
end $$;
