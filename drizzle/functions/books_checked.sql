-- Notes what the checks of a closed day found. In: day, count, now. Out: {status}. The first word on a day stays.
create or replace function books_checked(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update book_days set checked_at = (input ->> 'now')::timestamptz, break_count = (input ->> 'count')::int
    where day <= (input ->> 'day')::date and checked_at is null;
  return '{"status": "noted"}';
end $$;
