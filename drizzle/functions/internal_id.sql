-- An id as src/lib/ids.ts makes them, for rows that a function adds of its own accord: prefix, then a UUIDv7 in Crockford's alphabet.
create or replace function internal_id(p_prefix text, p_now timestamptz) returns text language sql volatile set search_path = public, pg_temp as $$
  select p_prefix || '_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', substring(b.bits from i * 5 + 1 for 5)::int + 1, 1), '' order by i)
  from (select B'00' || ('x' || lpad(to_hex(internal_ms(p_now)), 12, '0') || '7' || substr(r, 14, 19))::bit(128) as bits
        from replace(gen_random_uuid()::text, '-', '') as r) b, generate_series(0, 25) as i
$$;
