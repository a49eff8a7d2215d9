-- True for a credit that no statement of the provider confirms two days after it was told, once statements are imported at
-- all: a callback may be forged, a statement is fetched by us.
create or replace function internal_payment_unconfirmed(p payments, p_now timestamptz) returns boolean language sql stable set search_path = public, pg_temp as $$
  select p.state = 'succeeded' and p.settled_at <= p_now - interval '2 days'
    and exists (select from statements s where s.provider = 'azampay' and s.from_at <= p.settled_at)
    and not exists (
      select from statement_lines l where l.provider = 'azampay' and l.provider_reference = p.provider_reference and l.direction = 'in'
        and l.status = 'paid' and l.amount_tzs = p.amount_tzs and l.conflicting_amount_tzs is null)
    and not exists (
      select from statement_lines l where l.our_reference = p.external_id and l.provider = 'azampay' and l.direction = 'in'
        and l.status = 'paid' and l.amount_tzs = p.amount_tzs and l.conflicting_amount_tzs is null)
$$;
