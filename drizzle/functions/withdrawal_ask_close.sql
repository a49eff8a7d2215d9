-- What became of a withdrawal that was asked for. In: id, state done | refused, reason?, messageId, now, requestId. Out: {status: stored}.
-- A refusal is told to the renter, once; none is one when the withdrawal exists after all, of a call whose answer got lost.
create or replace function withdrawal_ask_close(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_ask withdrawal_requests;
begin
  update withdrawal_requests r set reason = input ->> 'reason', state = case when exists (select from idempotency_keys k
        where k.actor = 'user:' || r.user_id and k.route = 'withdrawal_request' and k.key = r.id) then 'done' else input ->> 'state' end
    where r.id = input ->> 'id' and r.state = 'waiting' returning * into v_ask;
  if v_ask.state = 'refused' then
    perform internal_message(input ->> 'messageId', v_ask.user_id, 'withdrawal_refused',
      jsonb_build_object('code', v_ask.reason), 'withdrawal_request:' || v_ask.id, (input ->> 'now')::timestamptz);
  end if;
  return '{"status": "stored"}';
end $$;
