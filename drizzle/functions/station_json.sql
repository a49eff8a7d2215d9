-- A station as staff see it: the one shape for functions and queries. Its schema is src/stations/record.ts.
create or replace function station_json(s stations) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object(
    'id', s.id, 'code', s.code, 'name', s.name, 'address', s.address, 'latitude', s.latitude, 'longitude', s.longitude,
    'tariff', (select jsonb_build_object('id', t.id, 'name', t.name, 'version', t.version) from tariffs t where t.id = s.tariff_id),
    'slotCount', s.slot_count, 'isInService', s.is_in_service, 'openingHours', s.opening_hours, 'maxTemperatureC', s.max_temperature_c,
    'heartbeatSeconds', s.heartbeat_seconds, 'acceptsStaticCode', s.accepts_static_code, 'driver', s.driver, 'vendorId', s.vendor_id,
    'configVersion', s.config_version, 'confirmedVersion', s.confirmed_version, 'createdAtMs', internal_ms(s.created_at),
    'retiredAtMs', internal_ms(s.retired_at),
    'projection', (select jsonb_build_object('freeBanks', p.free_banks, 'freeSlots', p.free_slots, 'isOnline', p.is_online, 'seenAtMs', internal_ms(p.seen_at))
                   from station_projections p where p.station_id = s.id),
    'keys', (select coalesce(jsonb_agg(jsonb_build_object('keyId', k.key_id, 'publicX', k.public_x, 'isRetired', k.is_retired,
               'createdAtMs', internal_ms(k.created_at)) order by k.created_at, k.key_id), '[]') from station_keys k where k.station_id = s.id),
    'slots', (select coalesce(jsonb_agg(jsonb_build_object('slot', l.slot, 'state', l.state, 'reason', l.reason, 'changedBy', l.changed_by,
                'changedAtMs', internal_ms(l.changed_at)) order by l.slot), '[]') from station_slots l where l.station_id = s.id and l.state <> 'in_service'))
$$;
