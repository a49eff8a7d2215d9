-- What came of something whose answer was promised (keypad_bind): the text takes the place of the one that would say that nothing is known, and goes
-- out now; without a text nothing has to be said any more. In: dedupeKey, template?, text?, id, userId, now. Out: status told | withdrawn.
-- When the promised one has gone out already, a text of its own follows it.
create or replace function message_promised(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
begin
  if input ->> 'text' is null then
    update messages set state = 'skipped' where dedupe_key = input ->> 'dedupeKey' and state = 'queued';
    return '{"status": "withdrawn"}';
  end if;
  update messages set params = jsonb_build_object('text', input ->> 'text'), not_before = v_now
    where dedupe_key = input ->> 'dedupeKey' and state = 'queued' and not_before > v_now;
  if not found then
    perform internal_message(input ->> 'id', input ->> 'userId', coalesce(input ->> 'template', 'answer'), jsonb_build_object('text', input ->> 'text'),
      input ->> 'dedupeKey' || ':late', v_now);
  end if;
  return '{"status": "told"}';
end $$;
