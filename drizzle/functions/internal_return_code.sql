-- Six digits that no rental whose bank is out has. The source of gen_random_uuid is a cryptographic one.
create or replace function internal_return_code() returns text language plpgsql volatile set search_path = public, pg_temp as $$
declare
  v_code text;
begin
  loop
    v_code := lpad((('x' || substr(md5(gen_random_uuid()::text), 1, 8))::bit(32)::bigint % 1000000)::text, 6, '0');
    exit when not exists (select from rentals where return_code = v_code and status = 'active');
  end loop;
  return v_code;
end $$;
