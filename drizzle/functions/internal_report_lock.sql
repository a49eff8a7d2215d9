-- A report and the mark that it belongs to may come at the same moment: one of them has to see the other.
create or replace function internal_report_lock(p_provider text, p_reference text) returns void language sql set search_path = public, pg_temp as $$
  select pg_advisory_xact_lock(hashtextextended('report:' || p_provider || ':' || p_reference, 0))
$$;
