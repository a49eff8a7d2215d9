-- What left the wallet, or is on its way, since midnight in Dar es Salaam.
create or replace function internal_withdrawal_today(p_user_id text, p_now timestamptz, out amount_tzs bigint, out count int)
language sql stable set search_path = public, pg_temp as $$
  select coalesce(sum(w.amount_tzs), 0)::bigint, count(*)::int from withdrawals w
  where w.user_id = p_user_id and w.kind = 'wallet' and w.state not in ('failed', 'refused', 'rejected')
    and w.created_at >= date_trunc('day', p_now at time zone 'Africa/Dar_es_Salaam') at time zone 'Africa/Dar_es_Salaam'
$$;
