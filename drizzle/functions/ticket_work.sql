-- Somebody works on a ticket: a note, with parts that went in, and where wanted another state or another person. In: ticketId, note, parts
-- [{part, quantity}], state?, assignee? (a user's id, or nobody), staffId, use, now, requestId. Out: worked | replayed {ticket} | ticket_unknown |
-- ticket_closed: only reopening is possible | assignee_unknown: no agent, support or admin | idempotency_mismatch | forbidden.
create or replace function ticket_work(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_state text := input ->> 'state';
  v_assignee text := input ->> 'assignee';
  v_ticket tickets;
  v_note_id bigint;
  v_used text;
begin
  if not internal_staff_may(input ->> 'staffId', '{agent,support,admin}') then
    return '{"status": "forbidden"}';
  end if;
  select * into v_ticket from tickets where id = input ->> 'ticketId' for update;
  if not found then
    return '{"status": "ticket_unknown"}';
  end if;
  v_used := internal_key(v_actor, input -> 'use');
  if v_used = 'idempotency_mismatch' or v_used is not null and not exists (
      select from ticket_notes where id = v_used::bigint and ticket_id = v_ticket.id) then
    return '{"status": "idempotency_mismatch"}';
  elsif v_used is not null then
    return jsonb_build_object('status', 'replayed', 'ticket', ticket_json(v_ticket));
  end if;
  if v_ticket.state in ('done', 'dropped') and coalesce(v_state, 'done') not in ('open', 'in_progress') then
    return '{"status": "ticket_closed"}';
  end if;
  if v_assignee <> 'nobody' and not exists (
      select from users where id = v_assignee and role in ('agent', 'support', 'admin') and state = 'active') then
    return '{"status": "assignee_unknown"}';
  end if;
  insert into ticket_notes (ticket_id, author, body, parts, at)
    values (v_ticket.id, v_actor, input ->> 'note', coalesce(input -> 'parts', '[]'), v_now) returning id into v_note_id;
  update tickets set state = coalesce(v_state, state), assigned_to = case when v_assignee is null then assigned_to else nullif(v_assignee, 'nobody') end,
      -- A trouble that came again meanwhile has a ticket of its own.
      dedupe_key = case when state in ('done', 'dropped') then null else dedupe_key end,
      closed_at = case when coalesce(v_state, state) in ('done', 'dropped') then v_now end,
      closed_by = case when coalesce(v_state, state) in ('done', 'dropped') then v_actor end, changed_at = v_now
    where id = v_ticket.id returning * into v_ticket;
  perform internal_key_keep(v_actor, input -> 'use', v_note_id::text, v_now);
  perform internal_audit(v_now, v_actor, case when v_ticket.closed_at is not null then 'ticket_closed' else 'ticket_worked' end, v_ticket.id,
    jsonb_build_object('noteId', v_note_id, 'state', v_ticket.state, 'assignedTo', v_ticket.assigned_to, 'parts', input -> 'parts'), input ->> 'requestId');
  return jsonb_build_object('status', 'worked', 'ticket', ticket_json(v_ticket));
end $$;
