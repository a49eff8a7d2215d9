-- The object's timer, or cron, asks. In: rentalId, now. Out: {status: the rental's, dueAtMs, isOverdue}; an active rental past its end is flagged overdue, once.
create or replace function rental_due(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_rental rentals;
begin
  update rentals set is_overdue = true, reason = 'overdue', changed_at = v_now
    where id = input ->> 'rentalId' and status = 'active' and not is_overdue and due_at <= v_now
    returning * into v_rental;
  if found then
    perform internal_audit(v_now, 'system:due', 'rental_overdue', v_rental.id, jsonb_build_object('dueAt', v_rental.due_at), input ->> 'requestId');
  else
    select * into v_rental from rentals where id = input ->> 'rentalId';
  end if;
  return jsonb_build_object('status', coalesce(v_rental.status, 'unknown'), 'dueAtMs', internal_ms(v_rental.due_at), 'isOverdue', v_rental.is_overdue);
end $$;
