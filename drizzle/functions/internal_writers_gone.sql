-- True once every transaction that was writing the table when this was called has ended; waits for them at most so long.
-- Identity values are drawn before commit, so a row with a lower id may still be on its way when a higher one is visible. Who
-- inserts holds ROW EXCLUSIVE on the table from before the value is drawn until after the row is visible: with those locks
-- gone, no id below one that was seen earlier can appear any more. A transaction-id column with pg_snapshot_xmin would order
-- rows as well, but costs each money function a column and an index and means nothing in a restored dump; a time lag
-- proves nothing. Read committed only: the caller's next statement has to see what has just been committed.
create or replace function internal_writers_gone(p_table regclass, p_patience_ms int) returns boolean
language plpgsql set search_path = public, pg_temp as $$
declare
  v_until timestamptz := clock_timestamp() + make_interval(secs => p_patience_ms / 1000.0);
  v_writers text[];
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'rows are sealed under read committed alone' using errcode = '25001';
  end if;
  v_writers := array(
    select virtualtransaction from pg_locks
      where locktype = 'relation' and relation = p_table and granted and pid is distinct from pg_backend_pid()
        and database = (select oid from pg_database where datname = current_database())
        and mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'));
  while exists (
    select from pg_locks
      where locktype = 'relation' and relation = p_table and granted and virtualtransaction = any (v_writers)
        and database = (select oid from pg_database where datname = current_database())) loop
    if clock_timestamp() >= v_until then
      return false;
    end if;
    perform pg_sleep(0.005);
  end loop;
  return true;
end $$;
