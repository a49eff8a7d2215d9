-- Keeps what stations had on record about a dispute. In: disputeId, stations [{stationId, events}]. Out: {status: kept | unknown}. Of a station that is
-- kept already nothing changes.
create or replace function dispute_keep(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update disputes d set evidence = d.evidence || jsonb_build_object('stations', (d.evidence -> 'stations') || (
      select coalesce(jsonb_agg(s), '[]') from jsonb_array_elements(input -> 'stations') s
      where not exists (select from jsonb_array_elements(d.evidence -> 'stations') k where k ->> 'stationId' = s ->> 'stationId')))
    where id = input ->> 'disputeId';
  return jsonb_build_object('status', case when found then 'kept' else 'unknown' end);
end $$;
