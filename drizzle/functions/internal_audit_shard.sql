-- The chain that a row of the audit log belongs to. For ever: another number of shards would be another chain.
create or replace function internal_audit_shard(p_audit_id bigint) returns int language sql immutable set search_path = public, pg_temp as $$
  select (p_audit_id % 8)::int
$$;
