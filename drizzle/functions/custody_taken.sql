-- A bank left a slot and no command explains it. In: stationId, powerBankId, slot, at, eventKey, bootId, seq, projection, now,
-- requestId. Out: status taken | unknown_bank | retired_bank. A seen event key answers with its first outcome. Nobody is charged.
create or replace function custody_taken(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_bank power_banks;
  v_out custody;
begin
  select * into v_bank from power_banks where id = input ->> 'powerBankId' for update;
  select * into v_out from custody where event_key = input ->> 'eventKey';
  if v_out.id is null then
    insert into custody (event_key, power_bank_id, station_id, slot, direction, boot_id, seq, evidence, at, outcome, recorded_at)
      values (input ->> 'eventKey', input ->> 'powerBankId', input ->> 'stationId', (input ->> 'slot')::int, 'out', input ->> 'bootId',
        (input ->> 'seq')::bigint, 'inventory', (input ->> 'at')::timestamptz,
        case when v_bank.id is null then 'unknown_bank' when v_bank.place = 'retired' then 'retired_bank' else 'taken' end, v_now)
      returning * into v_out;
    -- Only from where it was: a bank that was seen elsewhere since, or was rented, is not missing.
    update power_banks set place = 'missing', station_id = null, slot = null, updated_at = v_now
      where id = v_bank.id and place = 'slot' and station_id = v_out.station_id and slot = v_out.slot;
    if found then
      perform internal_ticket('missing_bank', 'missing_bank:' || v_bank.id, 'Power bank ' || v_bank.id || ' was taken without a rental', v_out.station_id,
        v_out.slot, v_bank.id, null, '{}', 'station:' || v_out.station_id, v_now, input ->> 'requestId');
    end if;
    perform internal_audit(v_now, 'station:' || v_out.station_id, 'bank_taken', v_out.power_bank_id,
      jsonb_build_object('powerBankId', v_out.power_bank_id, 'slot', v_out.slot, 'outcome', v_out.outcome), input ->> 'requestId');
    perform internal_projection(v_out.station_id, input -> 'projection', v_now);
  end if;
  return jsonb_build_object('status', v_out.outcome);
end $$;
