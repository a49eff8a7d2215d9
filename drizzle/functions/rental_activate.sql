-- The bank left its slot. In: rentalId, stationId, powerBankId, slot, at, commandId, commandExpiresAt, eventKey, bootId,
-- seq, evidence, messageId, projection, now, requestId. Out: status
--   active {rental, found?}     found = the return of this departure that arrived first; the caller settles it
--   close_first {rental, atMs, eventKey, stationId, slot}   an older rental of this bank is still open; settle it, call again
--   ignored {reason}            left too late, or the rental is over; nobody is charged.
create or replace function rental_activate(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_at timestamptz := (input ->> 'at')::timestamptz;
  v_rental rentals;
  v_older rentals;
  v_out custody;
  v_in custody;
  v_wallet bigint;
  v_hold bigint;
  v_is_reopened boolean := false;
begin
  select * into v_rental from rentals where id = input ->> 'rentalId' and station_id = input ->> 'stationId';
  if not found then
    return '{"status": "ignored", "reason": "rental_unknown"}';
  end if;
  perform 1 from users where id = v_rental.user_id for no key update;
  select * into v_rental from rentals where id = v_rental.id for update;
  perform 1 from power_banks where id = input ->> 'powerBankId' for update;

  select * into v_out from custody where event_key = input ->> 'eventKey';
  if not found and v_rental.status not in ('dispensing', 'cancelled') then
    return jsonb_build_object('status', case when v_rental.status = 'active' then 'active' else 'ignored' end,
      'reason', 'already_' || v_rental.status, 'isRepeat', true, 'rental', rental_json(v_rental));
  end if;

  if v_out.id is null then
    select * into v_older from rentals
      where power_bank_id = input ->> 'powerBankId' and status = 'active' and id <> v_rental.id for update;
    if not found then
      -- A lost bank that is handed out again was found before.
      select * into v_older from rentals where power_bank_id = input ->> 'powerBankId' and status = 'lost' and id <> v_rental.id
        and lost_at > v_at - make_interval(days => (tariff ->> 'foundWithinDays')::int) limit 1 for update;
    end if;
    if v_older.id is not null then
      select * into v_in from custody
        where power_bank_id = v_older.power_bank_id and direction = 'in' and station_id = v_rental.station_id and at >= v_older.started_at
        order by at, id limit 1;
      return jsonb_build_object('status', 'close_first', 'rental', rental_json(v_older),
        'atMs', internal_ms(coalesce(v_in.at, greatest(v_older.started_at, v_at))),
        'eventKey', coalesce(v_in.event_key, (input ->> 'eventKey') || ':closes'),
        'stationId', v_rental.station_id, 'slot', coalesce(v_in.slot, (input ->> 'slot')::int));
    end if;

    insert into custody (event_key, power_bank_id, station_id, slot, direction, boot_id, seq, evidence, at, outcome, rental_id, recorded_at)
      values (input ->> 'eventKey', input ->> 'powerBankId', v_rental.station_id, (input ->> 'slot')::int, 'out', input ->> 'bootId',
        (input ->> 'seq')::bigint, input ->> 'evidence', v_at,
        case when v_rental.status = 'cancelled' and v_at > (input ->> 'commandExpiresAt')::timestamptz + interval '60 seconds'
          then 'left_late' else 'opened' end,
        v_rental.id, v_now)
      returning * into v_out;
    perform internal_projection(v_rental.station_id, input -> 'projection', v_now);

    if v_out.outcome = 'left_late' then
      perform internal_bank_out(v_out, 'missing', v_now);
      if (select place = 'missing' from power_banks where id = v_out.power_bank_id) then
        perform internal_ticket('missing_bank', 'missing_bank:' || v_out.power_bank_id, 'Power bank ' || v_out.power_bank_id || ' left when nobody could have it',
          v_rental.station_id, v_out.slot, v_out.power_bank_id, v_rental.id, '{}', 'station:' || v_rental.station_id, v_now, input ->> 'requestId');
      end if;
      perform internal_audit(v_now, 'station:' || v_rental.station_id, 'bank_left_late', v_rental.id,
        jsonb_build_object('powerBankId', v_out.power_bank_id, 'slot', v_out.slot), input ->> 'requestId');
      return '{"status": "ignored", "reason": "left_late"}';
    end if;

    if v_rental.status = 'cancelled' then
      v_is_reopened := true;
      v_wallet := ledger_balance('user_wallet:' || v_rental.user_id);
      v_hold := least(v_wallet, v_rental.deposit_tzs);
      perform ledger_post('rental:' || v_rental.id || ':rehold', 'rental_reopened', v_at, v_now,
        array['user_wallet:' || v_rental.user_id, 'user_hold:' || v_rental.id], array[v_hold, -v_hold]);
    end if;

    update rentals set status = 'active', reason = case when v_is_reopened then 'reopened' else 'bank_out' end,
        version = version + 1, power_bank_id = v_out.power_bank_id, slot = v_out.slot, command_id = input ->> 'commandId',
        return_code = coalesce(return_code, internal_return_code()), started_at = greatest(v_at, opened_at),
        due_at = greatest(v_at, opened_at) + make_interval(mins => (tariff ->> 'includedMinutes')::int),
        next_notice_at = greatest(v_at, opened_at) + make_interval(mins => (tariff ->> 'includedMinutes')::int - 30),
        counts_toward_limit = counts_toward_limit and not v_is_reopened, closed_at = null, changed_at = v_now
      where id = v_rental.id returning * into v_rental;
    perform internal_bank_out(v_out, 'rented', v_now);
    perform internal_message(input ->> 'messageId', v_rental.user_id, 'rental_started',
      jsonb_build_object('dueAtMs', internal_ms(v_rental.due_at), 'stationName', (select name from stations where id = v_rental.station_id),
        'returnCode', v_rental.return_code),
      'rental:' || v_rental.id || ':started', v_now);
    -- The bad bank goes back for nothing, but not for ever.
    if v_rental.swap_of_id is not null then
      perform internal_message(internal_id('msg', v_now), v_rental.user_id, 'rental_swapped',
          jsonb_build_object('untilMs', internal_ms(internal_swap_end(f.swapped_at))), 'rental:' || v_rental.id || ':swapped', v_now)
        from rentals f where f.id = v_rental.swap_of_id and f.status = 'active' and f.swapped_to_id = v_rental.id;
    end if;
    perform internal_audit(v_now, 'station:' || v_rental.station_id, case when v_is_reopened then 'rental_reopened' else 'rental_started' end,
      v_rental.id, jsonb_build_object('powerBankId', v_out.power_bank_id, 'slot', v_out.slot, 'at', v_rental.started_at), input ->> 'requestId');
  end if;

  if v_rental.status = 'active' then
    select c.* into v_in from custody c
      where c.power_bank_id = v_out.power_bank_id and c.direction = 'in' and c.at >= least(v_out.at, v_rental.opened_at) - interval '2 minutes'
        -- When it arrived, the departure before this one was the last that was known: without one it answered nothing, else it was too
        -- late. What came too late is often a return told twice, so the tolerance between clocks is not for it.
        and (c.outcome = 'unmatched'
          or c.outcome = 'stale' and c.at >= case when c.station_id = v_out.station_id then v_out.at else v_rental.opened_at end)
        and internal_departed_before(v_out, c)
        and not exists (select from custody o where o.power_bank_id = c.power_bank_id and o.direction = 'out' and o.id <> v_out.id
          and o.at > v_out.at and internal_departed_before(o, c))
        -- An arrival after which the bank left that very station is spent, whatever the clocks of two stations say.
        and not exists (select from custody o where o.power_bank_id = c.power_bank_id and o.direction = 'out' and o.id <> v_out.id
          and o.station_id = c.station_id and internal_custody_before(c, o) and o.at < v_out.at)
        and not (c.station_id = v_out.station_id and c.boot_id = v_out.boot_id and c.seq < v_out.seq)
        and not (c.station_id = v_out.station_id and c.boot_id <> v_out.boot_id and c.at <= v_out.at)
      order by c.at, c.id limit 1;
  end if;
  return jsonb_build_object('status', case when v_rental.status = 'active' then 'active' else 'ignored' end,
    'reason', v_rental.reason, 'rental', rental_json(v_rental),
    'found', case when v_in.id is null then null else jsonb_build_object('eventKey', v_in.event_key, 'atMs', internal_ms(greatest(v_in.at, v_rental.started_at)),
      'stationId', v_in.station_id, 'slot', v_in.slot) end);
end $$;
