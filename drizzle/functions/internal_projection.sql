-- Stores what an object says of its station; an older word than the stored one is dropped.
create or replace function internal_projection(p_station_id text, p_projection jsonb, p_now timestamptz)
returns void language sql set search_path = public, pg_temp as $$
  insert into station_projections (station_id, version, free_banks, free_slots, is_online, seen_at)
    select p_station_id, (p_projection ->> 'version')::bigint, (p_projection ->> 'freeBanks')::int,
      (p_projection ->> 'freeSlots')::int, (p_projection ->> 'isOnline')::boolean,
      to_timestamp((p_projection ->> 'seenAtMs')::bigint / 1000.0)
    where p_projection is not null
    on conflict (station_id) do update set version = excluded.version, free_banks = excluded.free_banks,
      free_slots = excluded.free_slots, is_online = excluded.is_online, seen_at = excluded.seen_at
      where station_projections.version < excluded.version
$$;
