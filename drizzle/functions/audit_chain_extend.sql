-- Seals the next rows of the audit log, in the order of their ids, each into the chain of its shard. In: now, limit,
-- patienceMs. Out: {status, count, due}; status = sealed | waiting (a transaction that writes audit rows goes on) | busy
-- (somebody else is at it); due = the heads to be signed, once everything is sealed: {day, shard, position, hash}.
-- Takes no lock that a money function waits for.
create or replace function audit_chain_extend(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_limit int := (input ->> 'limit')::int;
  v_now timestamptz(3) := (input ->> 'now')::timestamptz;
  -- A day is over at midnight and its head is due five minutes later.
  v_day date := ((v_now - interval '5 minutes') at time zone 'Africa/Dar_es_Salaam')::date - 1;
  v_positions bigint[] := array_fill(0::bigint, array[8]);
  v_hashes bytea[] := array_fill(decode(repeat('00', 32), 'hex'), array[8]);
  v_previous bytea;
  v_last bigint;
  v_top bigint;
  v_row audit_log;
  v_end record;
  v_shard int;
  v_count int := 0;
  v_due jsonb;
begin
  if not pg_try_advisory_xact_lock(7183541) then
    return '{"status": "busy", "count": 0, "due": []}';
  end if;
  v_last := coalesce((select max(audit_id) from audit_chain), 0);
  select max(id) into v_top from (select id from audit_log where id > v_last order by id limit v_limit) next;
  if v_top is not null then
    if not internal_writers_gone('audit_log', coalesce((input ->> 'patienceMs')::int, 500)) then
      return '{"status": "waiting", "count": 0, "due": []}';
    end if;
    for v_end in
      select h.shard, h.position, h.hash from generate_series(0, 7) as s (shard)
        cross join lateral (select * from audit_chain c where c.shard = s.shard order by position desc limit 1) h loop
      v_positions[v_end.shard + 1] := v_end.position;
      v_hashes[v_end.shard + 1] := v_end.hash;
    end loop;
    for v_row in select * from audit_log where id > v_last and id <= v_top order by id loop
      v_shard := internal_audit_shard(v_row.id);
      v_previous := v_hashes[v_shard + 1];
      v_positions[v_shard + 1] := v_positions[v_shard + 1] + 1;
      v_hashes[v_shard + 1] := sha256(v_previous || convert_to(
        v_shard || ':' || v_positions[v_shard + 1] || ':' || extract(epoch from v_now)::text || E'\n' || internal_audit_text(v_row), 'UTF8'));
      insert into audit_chain (shard, position, audit_id, previous_hash, hash, sealed_at)
        values (v_shard, v_positions[v_shard + 1], v_row.id, v_previous, v_hashes[v_shard + 1], v_now);
      v_count := v_count + 1;
    end loop;
  end if;
  if v_count >= v_limit then
    return jsonb_build_object('status', 'sealed', 'count', v_count, 'due', '[]'::jsonb);
  end if;

  select coalesce(jsonb_agg(jsonb_build_object('day', day::date, 'shard', h.shard, 'position', h.position, 'hash', encode(h.hash, 'hex'))
      order by day, h.shard), '[]')
    into v_due
    from generate_series(0, 7) as s (shard)
    cross join lateral (select * from audit_chain c where c.shard = s.shard order by position desc limit 1) h
    cross join lateral (select sealed_at from audit_chain c where c.shard = s.shard order by position limit 1) first
    cross join lateral generate_series(
      coalesce((select max(a.day) + 1 from audit_heads a where a.shard = s.shard),
        (first.sealed_at at time zone 'Africa/Dar_es_Salaam')::date)::timestamp, v_day::timestamp, interval '1 day') as day;
  return jsonb_build_object('status', 'sealed', 'count', v_count, 'due', v_due);
end $$;
