-- Queues a text that belongs to no other fact. In: id, userId, template, params, dedupeKey, now.
create or replace function message_queue(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform internal_message(input ->> 'id', input ->> 'userId', input ->> 'template', input -> 'params', input ->> 'dedupeKey', (input ->> 'now')::timestamptz);
  return '{"status": "queued"}';
end $$;
