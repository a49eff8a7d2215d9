-- Keeps signed heads. In: now, heads [{day, shard, position, hash, keyId, signature}]. Out: {status, count}. One that is not
-- the chain's own is refused as a whole; a day that has its head keeps it.
create or replace function audit_heads_store(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_count int;
begin
  if exists (
    select from jsonb_to_recordset(input -> 'heads') as h (shard int, position bigint, hash text)
      where not exists (select from audit_chain c where c.shard = h.shard and c.position = h.position and c.hash = decode(h.hash, 'hex'))) then
    raise exception 'a head is not of the chain' using errcode = 'CP010';
  end if;
  insert into audit_heads (day, shard, position, hash, key_id, signature, signed_at)
    select h.day, h.shard, h.position, decode(h.hash, 'hex'), h."keyId", h.signature, (input ->> 'now')::timestamptz
      from jsonb_to_recordset(input -> 'heads') as h (day date, shard int, position bigint, hash text, "keyId" text, signature text)
    on conflict do nothing;
  get diagnostics v_count = row_count;
  return jsonb_build_object('status', 'stored', 'count', v_count);
end $$;
