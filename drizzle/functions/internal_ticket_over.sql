-- What a ticket was about is over without anybody's work: the missing bank came back, the station is heard again.
create or replace function internal_ticket_over(p_dedupe_key text, p_note text, p_actor text, p_now timestamptz, p_request_id text)
returns void language plpgsql set search_path = public, pg_temp as $$
declare
  v_id text;
begin
  update tickets set state = 'done', closed_at = p_now, closed_by = p_actor, changed_at = p_now
    where dedupe_key = p_dedupe_key and state in ('open', 'in_progress') returning id into v_id;
  if v_id is not null then
    insert into ticket_notes (ticket_id, author, body, parts, at) values (v_id, p_actor, p_note, '[]', p_now);
    perform internal_audit(p_now, p_actor, 'ticket_closed', v_id, jsonb_build_object('note', p_note), p_request_id);
  end if;
end $$;
