-- Holds a power bank back wherever it is, or lets it be given again; the caller has locked its row. The object of the station where it sits hears
-- of it by its settings.
create or replace function internal_bank_service(
  b power_banks, p_reason text, p_actor text, p_now timestamptz, p_request_id text
) returns power_banks language plpgsql set search_path = public, pg_temp as $$
begin
  if b.is_out_of_service = (p_reason is not null) and b.service_reason is not distinct from p_reason then
    return b;
  end if;
  update power_banks set is_out_of_service = p_reason is not null, service_reason = p_reason, updated_at = p_now where id = b.id returning * into b;
  update stations set config_version = config_version + 1 where id = b.station_id;
  perform internal_audit(p_now, p_actor, case when p_reason is null then 'bank_in_service' else 'bank_out_of_service' end, b.id,
    jsonb_build_object('reason', p_reason, 'place', b.place, 'stationId', b.station_id, 'slot', b.slot), p_request_id);
  return b;
end $$;
