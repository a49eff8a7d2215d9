-- What became of an order, as the station's object knows it. In: commandId, state sent | done | failed | unknown | refused, result?, now, requestId.
-- Out: stored {command} | command_unknown. What is final stays.
create or replace function staff_command_result(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_command staff_commands;
begin
  select * into v_command from staff_commands where id = input ->> 'commandId' for update;
  if not found then
    return '{"status": "command_unknown"}';
  end if;
  -- A late answer decides what nobody could say.
  if v_command.state in ('requested', 'sent', 'unknown') and v_command.state <> input ->> 'state' then
    update staff_commands set state = input ->> 'state', result = input ->> 'result', changed_at = v_now
      where id = v_command.id returning * into v_command;
    if v_command.state <> 'sent' then
      perform internal_audit(v_now, 'station:' || v_command.station_id, 'station_' || v_command.kind || '_' || v_command.state, v_command.station_id,
        jsonb_build_object('commandId', v_command.id, 'slot', v_command.slot, 'result', v_command.result), input ->> 'requestId');
    end if;
  end if;
  return jsonb_build_object('status', 'stored', 'command', staff_command_json(v_command));
end $$;
