-- The object's timer, or cron, asks. In: rentalId, now, requestId; and once the caller has planned by `quote`: version, notice? {messageId,
-- template, params, atMs, untilMs}, nextNoticeAtMs. Out: {status: unknown} or {status: rental, isStored, rental}. An active rental past its end is
-- flagged overdue, once. A plan for another version is not stored: plan again. A notice is queued once, and none that is older than the last.
create or replace function rental_due(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_notice jsonb := nullif(input -> 'notice', 'null'::jsonb);
  v_at timestamptz := to_timestamp((v_notice ->> 'atMs')::bigint / 1000.0);
  v_rental rentals;
  v_is_planned boolean;
begin
  select * into v_rental from rentals where id = input ->> 'rentalId' for update;
  if not found then
    return '{"status": "unknown"}';
  end if;
  if v_rental.status = 'active' and not v_rental.is_overdue and v_rental.due_at <= v_now then
    update rentals set is_overdue = true, reason = 'overdue', changed_at = v_now where id = v_rental.id returning * into v_rental;
    perform internal_audit(v_now, 'system:due', 'rental_overdue', v_rental.id, jsonb_build_object('dueAt', v_rental.due_at), input ->> 'requestId');
  end if;
  v_is_planned := v_rental.status = 'active' and v_rental.version = (input ->> 'version')::int;
  if v_is_planned then
    if v_notice is not null and v_at > coalesce(v_rental.noticed_at, '-infinity') then
      perform internal_notice(v_notice ->> 'messageId', v_rental.user_id, v_notice ->> 'template', v_notice -> 'params',
        'rental:' || v_rental.id || ':' || (v_notice ->> 'template') || ':' || (v_notice ->> 'atMs'), v_now, v_rental.id,
        to_timestamp((v_notice ->> 'untilMs')::bigint / 1000.0));
    end if;
    update rentals set noticed_at = greatest(noticed_at, v_at), next_notice_at = to_timestamp((input ->> 'nextNoticeAtMs')::bigint / 1000.0)
      where id = v_rental.id returning * into v_rental;
  end if;
  return jsonb_build_object('status', 'rental', 'isStored', coalesce(v_is_planned, false), 'rental', rental_json(v_rental));
end $$;
