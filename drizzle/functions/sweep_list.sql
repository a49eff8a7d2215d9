-- What a crash may have left between two steps. Reads only. In: now, limit. Out: lists of ids with what the sweep needs to ask the objects.
create or replace function sweep_list(input jsonb) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('status', 'listed',
    'expiredLeases', (select coalesce(jsonb_agg(jsonb_build_object('rentalId', id, 'stationId', station_id)), '[]') from
      (select id, station_id from rentals where status = 'awaiting_payment' and lease_expires_at <= (input ->> 'now')::timestamptz
       order by lease_expires_at limit (input ->> 'limit')::int) a),
    'dispensing', (select coalesce(jsonb_agg(jsonb_build_object('rentalId', id, 'stationId', station_id, 'lastActionAtMs', internal_ms(last_action_at))), '[]') from
      (select id, station_id, last_action_at from rentals
       where status = 'dispensing' and changed_at <= (input ->> 'now')::timestamptz - interval '45 seconds'
       order by changed_at limit (input ->> 'limit')::int) b),
    'notices', (select coalesce(jsonb_agg(id), '[]') from
      (select id from rentals where status = 'active' and next_notice_at <= (input ->> 'now')::timestamptz - interval '60 seconds'
       order by next_notice_at limit (input ->> 'limit')::int) c),
    'failedCallbacks', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'provider', provider, 'bodyHash', body_hash, 'bodySealed', body_sealed,
        'signature', signature, 'receivedAtMs', internal_ms(received_at))), '[]') from
      (select * from payment_callbacks where state = 'failed' order by id limit (input ->> 'limit')::int) d),
    'configs', (select coalesce(jsonb_agg(id), '[]') from
      (select id from stations where config_version > confirmed_version order by id limit (input ->> 'limit')::int) e),
    'openStations', (select coalesce(jsonb_agg(station_id), '[]') from
      (select distinct station_id from rentals where status in ('awaiting_payment', 'dispensing')
       union select station_id from rentals where status = 'active' and next_notice_at <= (input ->> 'now')::timestamptz limit 500) f),
    -- Said to be online, and not heard of for long: each is asked every ten minutes, in case its own alarm was lost.
    'silentStations', (select coalesce(jsonb_agg(station_id), '[]') from
      (select station_id from station_projections where is_online and seen_at <= (input ->> 'now')::timestamptz - interval '10 minutes'
        and (hashtext(station_id) & 2147483647) % 10 = extract(minute from (input ->> 'now')::timestamptz)::int % 10 limit 500) g))
$$;
