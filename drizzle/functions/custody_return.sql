-- A bank is in a slot: which departure does this return close? In: stationId, powerBankId, slot, at, latestAt, eventKey, bootId,
-- seq, evidence, projection, now. Where the station's clock proves nothing, it was at some time from `at` to `latestAt`. Out: status
--   settle {rental, eventKey, atMs, stationId, slot}   price it and call rental_settle, or rental_found for a lost one
--   settled | stale | unmatched | unknown_bank | retired_bank   nothing more to do.
-- and with each of them bank: what the station is to know of it.
-- A seen event key answers with its first outcome. The bank's row is locked, so that movements of one bank follow each other.
create or replace function custody_return(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_bank power_banks;
  v_in custody;
  v_out custody;
  v_has_left_since boolean;
  v_rental rentals;
  v_outcome text;
  v_known jsonb;
begin
  select * into v_bank from power_banks where id = input ->> 'powerBankId' for update;
  select * into v_in from custody where event_key = input ->> 'eventKey';
  v_known := coalesce(bank_fleet_json(v_bank), jsonb_build_object('powerBankId', input ->> 'powerBankId', 'cycles', 0, 'isHeld', true));
  if v_in.id is null then
    v_in.event_key := input ->> 'eventKey';
    v_in.power_bank_id := input ->> 'powerBankId';
    v_in.station_id := input ->> 'stationId';
    v_in.slot := (input ->> 'slot')::int;
    v_in.boot_id := input ->> 'bootId';
    v_in.seq := (input ->> 'seq')::bigint;
    v_in.at := (input ->> 'at')::timestamptz;
    -- It can have been later: when the bank has left another station since, and is still out, it came here after that. Not when it
    -- left this station again, whose own order says more than its clock.
    if (input ->> 'latestAt')::timestamptz > v_in.at and v_bank.place in ('rented', 'missing', 'lost') then
      v_in.at := coalesce((select max(o.at) from custody o
          where o.power_bank_id = v_in.power_bank_id and o.direction = 'out' and o.station_id <> v_in.station_id
            and o.at > v_in.at and o.at <= (input ->> 'latestAt')::timestamptz
            and not exists (select from custody h where h.power_bank_id = o.power_bank_id and h.direction = 'out' and h.station_id = v_in.station_id
              and (h.at > v_in.at or h.boot_id = v_in.boot_id and h.seq >= v_in.seq))), v_in.at);
    end if;

    -- Never the whole life of the bank: what is older came before, but for events of the same boot, which are counted.
    v_has_left_since := exists (select from custody c where c.power_bank_id = v_in.power_bank_id and c.direction = 'out' and c.at > v_in.at
        and not internal_departed_before(c, v_in))
      or exists (select from custody c where c.power_bank_id = v_in.power_bank_id and c.direction = 'out' and c.boot_id = v_in.boot_id
        and c.station_id = v_in.station_id and c.seq >= v_in.seq and c.at <= v_in.at);
    if v_bank.id is null then
      v_outcome := 'unknown_bank';
    elsif v_bank.place = 'retired' then
      v_outcome := 'retired_bank';
    else
      select c.* into v_out from custody c
        where c.power_bank_id = v_in.power_bank_id and c.direction = 'out' and internal_departed_before(c, v_in)
        order by c.at desc, c.id desc limit 1;
      if v_out.id is not null then
        select * into v_rental from rentals where id = v_out.rental_id;
      end if;
      v_outcome := case
        when v_out.id is null then 'unmatched'
        when v_rental.status = 'active' and v_rental.power_bank_id = v_in.power_bank_id and not v_has_left_since then 'closes'
        when v_rental.status = 'lost' and v_rental.power_bank_id = v_in.power_bank_id and not v_has_left_since
          and v_in.at <= v_rental.lost_at + make_interval(days => (v_rental.tariff ->> 'foundWithinDays')::int) then 'closes'
        else 'stale' end;
    end if;
    insert into custody (event_key, power_bank_id, station_id, slot, direction, boot_id, seq, evidence, at, outcome, rental_id, recorded_at)
      values (v_in.event_key, v_in.power_bank_id, v_in.station_id, v_in.slot, 'in', v_in.boot_id, v_in.seq, input ->> 'evidence', v_in.at,
        v_outcome, case when v_outcome = 'closes' then v_rental.id end, v_now)
      returning * into v_in;
    -- Told late, and carried by hand to another station since: that it came here says nothing of where it is now. Two minutes are for two clocks.
    if v_bank.id is not null and v_bank.place <> 'retired' and not v_has_left_since
      and not exists (select from custody c where c.power_bank_id = v_in.power_bank_id and c.direction = 'in' and c.station_id <> v_in.station_id
        and c.at > coalesce((input ->> 'latestAt')::timestamptz, v_in.at) + interval '2 minutes') then
      update power_banks set place = 'slot', station_id = v_in.station_id, slot = v_in.slot, held_by = null, updated_at = v_now where id = v_bank.id;
      if v_bank.place = 'missing' then
        perform internal_ticket_over('missing_bank:' || v_bank.id, 'it came into a station', 'station:' || v_in.station_id, v_now, input ->> 'requestId');
      end if;
    end if;
    if v_outcome in ('unknown_bank', 'retired_bank') then
      perform internal_ticket(v_outcome, v_outcome || ':' || v_in.power_bank_id, left(case v_outcome when 'unknown_bank' then 'A power bank that nobody knows'
        else 'A retired power bank' end || ' is in a slot: ' || v_in.power_bank_id, 200), v_in.station_id, v_in.slot, v_in.power_bank_id, null,
        jsonb_build_object('eventKey', v_in.event_key), 'station:' || v_in.station_id, v_now, input ->> 'requestId');
    end if;
    perform internal_projection(v_in.station_id, input -> 'projection', v_now);
  end if;

  if v_in.outcome <> 'closes' then
    return jsonb_build_object('status', v_in.outcome, 'bank', v_known);
  end if;
  select * into strict v_rental from rentals where id = v_in.rental_id;
  if v_rental.status not in ('active', 'lost') then
    return jsonb_build_object('status', case when v_rental.return_event_key = v_in.event_key then 'settled' else 'stale' end,
      'rental', rental_json(v_rental), 'bank', v_known);
  end if;
  return jsonb_build_object('status', 'settle', 'rental', rental_json(v_rental), 'eventKey', v_in.event_key,
    'atMs', internal_ms(greatest(v_in.at, v_rental.started_at)), 'stationId', v_in.station_id, 'slot', v_in.slot, 'bank', v_known);
end $$;
