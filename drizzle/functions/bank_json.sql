-- A power bank as staff see it: the one shape for functions and queries. Its schema is src/banks/record.ts.
create or replace function bank_json(b power_banks) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', b.id, 'place', b.place, 'stationId', b.station_id, 'slot', b.slot, 'cycles', b.cycles,
    'isOutOfService', b.is_out_of_service, 'serviceReason', b.service_reason, 'heldBy', b.held_by, 'updatedAtMs', internal_ms(b.updated_at))
$$;
