-- What a station's object is to know of a bank: FleetBank of src/stations/port.ts. Null for none.
create or replace function bank_fleet_json(b power_banks) returns jsonb language sql immutable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('powerBankId', b.id, 'cycles', b.cycles, 'isHeld', b.is_out_of_service or b.place = 'retired') where b.id is not null
$$;
