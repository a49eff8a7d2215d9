-- A rental as the verbs read it: the one shape for functions and queries. Its schema is src/rentals/record.ts. While it is active or lost it
-- carries what a price needs besides itself: the VAT rates and the renter's free returns since the day before it started.
create or replace function rental_json(r rentals) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object(
    'id', r.id, 'userId', r.user_id, 'stationId', r.station_id, 'stationCode', s.code, 'stationName', s.name,
    'status', r.status, 'reason', r.reason, 'version', r.version, 'tariff', r.tariff, 'depositTzs', r.deposit_tzs,
    'openedAtMs', internal_ms(r.opened_at), 'lastActionAtMs', internal_ms(r.last_action_at),
    'leaseExpiresAtMs', internal_ms(r.lease_expires_at), 'slot', r.slot, 'powerBankId', r.power_bank_id,
    'startedAtMs', internal_ms(r.started_at), 'dueAtMs', internal_ms(r.due_at), 'isOverdue', r.is_overdue,
    'isDisputed', r.is_disputed, 'extensions', r.extensions, 'pauses', r.pauses, 'endedAtMs', internal_ms(r.ended_at),
    'returnStationId', r.return_station_id, 'returnStationName', (select name from stations where id = r.return_station_id),
    'isFreeReturn', r.is_free_return,
    'lostAtMs', internal_ms(r.lost_at), 'isLostReported', r.is_lost_reported, 'noticedAtMs', internal_ms(r.noticed_at),
    'nextNoticeAtMs', internal_ms(r.next_notice_at), 'swappedToId', r.swapped_to_id, 'swappedAtMs', internal_ms(r.swapped_at), 'swapOfId', r.swap_of_id, 'lines', r.lines, 'totalTzs', r.total_tzs, 'vatTzs', r.vat_tzs, 'netTzs', r.net_tzs,
    'vatRates', case when r.status in ('active', 'lost') then vat_rates_json() end,
    'freeReturnsAtMs', case when r.status in ('active', 'lost') then (
      select coalesce(jsonb_agg(internal_ms(f.ended_at)), '[]') from rentals f
      where f.user_id = r.user_id and f.is_free_return and f.ended_at > r.started_at - interval '1 day') end,
    'payment', (select jsonb_build_object('id', p.id, 'purpose', p.purpose, 'state', p.state, 'reason', p.reason, 'amountTzs', p.amount_tzs, 'provider', p.provider)
                from payments p where p.rental_id = r.id order by p.id desc limit 1))
  from stations s where s.id = r.station_id
$$;
