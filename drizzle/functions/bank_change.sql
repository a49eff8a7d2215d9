-- Staff hold a power bank back, put it back in service, or take it out of the fleet. In: powerBankId, state in_service | out_of_service | retired,
-- reason, staffId, now, requestId. Out: changed {bank} (also when it was) | bank_unknown | bank_state {place}: a rented or lost one is not retired, a
-- retired one never comes back | forbidden. Retiring is for an admin.
create or replace function bank_change(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_state text := input ->> 'state';
  v_bank power_banks;
begin
  if not internal_staff_may(input ->> 'staffId', case when v_state = 'retired' then '{admin}' else '{agent,admin}' end::text[]) then
    return '{"status": "forbidden"}';
  end if;
  select * into v_bank from power_banks where id = input ->> 'powerBankId' for update;
  if not found then
    return '{"status": "bank_unknown"}';
  end if;
  if v_bank.place = 'retired' and v_state <> 'retired' or v_state = 'retired' and v_bank.place in ('rented', 'lost') then
    return jsonb_build_object('status', 'bank_state', 'place', v_bank.place);
  end if;
  if v_state = 'retired' and v_bank.place <> 'retired' then
    update power_banks set place = 'retired', held_by = null, updated_at = v_now where id = v_bank.id returning * into v_bank;
    update stations set config_version = config_version + 1 where id = v_bank.station_id;
    perform internal_ticket_over('missing_bank:' || v_bank.id, 'retired: ' || (input ->> 'reason'), v_actor, v_now, input ->> 'requestId');
    perform internal_audit(v_now, v_actor, 'bank_retired', v_bank.id, jsonb_build_object('reason', input ->> 'reason'), input ->> 'requestId');
  elsif v_state = 'out_of_service' then
    v_bank := internal_bank_service(v_bank, input ->> 'reason', v_actor, v_now, input ->> 'requestId');
  elsif v_state = 'in_service' and v_bank.is_out_of_service then
    v_bank := internal_bank_service(v_bank, null, v_actor, v_now, input ->> 'requestId');
  end if;
  if v_state <> 'out_of_service' then
    perform internal_ticket_over('bank_quarantined:' || v_bank.id, v_state || ': ' || (input ->> 'reason'), v_actor, v_now, input ->> 'requestId');
  end if;
  return jsonb_build_object('status', 'changed', 'bank', bank_json(v_bank));
end $$;
