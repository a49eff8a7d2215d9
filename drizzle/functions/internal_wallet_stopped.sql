-- Whether a credit of this wallet is missing from the provider's statements two days after it was told: then nothing leaves. Where
-- no statement was ever imported from before the credit, nothing is missing.
create or replace function internal_wallet_stopped(p_user_id text, p_now timestamptz) returns boolean language sql stable set search_path = public, pg_temp as $$
  select exists (
    select from payments p where p.user_id = p_user_id and p.state = 'succeeded' and p.settled_at <= p_now - interval '2 days'
      and internal_payment_unconfirmed(p, p_now))
$$;
