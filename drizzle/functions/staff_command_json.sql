-- An order of staff to a station as it stands. Its schema is src/stations/record.ts.
create or replace function staff_command_json(c staff_commands) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', c.id, 'stationId', c.station_id, 'kind', c.kind, 'slot', c.slot, 'powerBankId', c.power_bank_id,
    'showUntilMs', internal_ms(c.show_until), 'reason', c.reason, 'actor', c.actor, 'state', c.state, 'result', c.result, 'createdAtMs', internal_ms(c.created_at),
    'changedAtMs', internal_ms(c.changed_at))
$$;
