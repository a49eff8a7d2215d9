-- A ticket as staff see it: the one shape for functions and queries. Its schema is src/maintenance/record.ts.
create or replace function ticket_json(t tickets) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', t.id, 'kind', t.kind, 'state', t.state, 'title', t.title, 'detail', t.detail, 'stationId', t.station_id,
    'stationCode', s.code, 'stationName', s.name, 'slot', t.slot, 'powerBankId', t.power_bank_id, 'rentalId', t.rental_id,
    'assignedTo', t.assigned_to, 'openedBy', t.opened_by, 'occurrences', t.occurrences, 'createdAtMs', internal_ms(t.created_at),
    'changedAtMs', internal_ms(t.changed_at), 'closedAtMs', internal_ms(t.closed_at), 'closedBy', t.closed_by)
  from (select t.station_id) x left join stations s on s.id = x.station_id
$$;
