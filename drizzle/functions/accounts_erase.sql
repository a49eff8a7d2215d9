-- The second half of closing an account: 90 days later the numbers and names in its payments and withdrawals are erased too, unless money of it
-- still lies in suspense or is on its way. In: now, limit. Out: {status, count}.
create or replace function accounts_erase(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_due text[];
begin
  v_due := array(select u.id from users u
    where u.closed_at is not null and u.erased_at is null and u.closed_at < v_now - interval '90 days'
      and not exists (select from withdrawals w where w.user_id = u.id and w.state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown'))
      and not exists (select from payments p join suspense_items s on s.payment_id = p.id where p.user_id = u.id and s.state <> 'resolved')
    order by u.closed_at limit (input ->> 'limit')::int for update of u skip locked);
  update payments set msisdn_sealed = '' where user_id = any (v_due);
  update withdrawals set msisdn_sealed = '', recipient_sealed = '' where user_id = any (v_due);
  update disputes set text_sealed = '' where user_id = any (v_due);
  update messages set params = '{}' where user_id = any (v_due) and params <> '{}';
  update users set erased_at = v_now where id = any (v_due);
  return jsonb_build_object('status', 'done', 'count', cardinality(v_due));
end $$;
