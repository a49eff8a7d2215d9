-- The provider's statements against payments, suspense and withdrawals. Reads only. In: now. Out: {status, breaks}. A line is
-- matched by the provider's reference first, then by ours; a suspense item accounts for it as well as a credit does.
create or replace function books_statement_breaks(input jsonb) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  with clock as (select (input ->> 'now')::timestamptz as now),
  incoming as (
    select l.*, s.amount_tzs as suspense_tzs, coalesce(r.id, x.id) as payment_id, coalesce(r.state, x.state) as payment_state,
        coalesce(r.amount_tzs, x.amount_tzs) as payment_tzs,
        -- Another line already is the one payment that we credited.
        r.id is null and x.state = 'succeeded' and exists (
          select from statement_lines o where o.provider = l.provider and o.direction = 'in' and o.status = 'paid' and o.provider_reference <> l.provider_reference
            and (o.provider_reference = x.provider_reference or (o.our_reference = l.our_reference and o.provider_reference < l.provider_reference))) as is_second
      from statement_lines l
      left join suspense_items s on s.provider_reference = l.provider_reference and s.resolution is distinct from 'dismissed'
      left join lateral (select * from payments p where p.provider_reference = l.provider_reference order by p.state = 'succeeded' desc, p.id limit 1) r on true
      left join payments x on x.external_id = l.our_reference
      where l.provider = 'azampay' and l.direction = 'in'),
  outgoing as (
    select l.*, coalesce(r.id, x.id) as withdrawal_id, coalesce(r.state, x.state) as withdrawal_state, coalesce(r.amount_tzs, x.amount_tzs) as withdrawal_tzs
      from statement_lines l
      left join lateral (select * from withdrawals w where w.provider_reference = l.provider_reference order by w.id limit 1) r on true
      left join withdrawals x on x.external_id = l.our_reference
      where l.provider = 'azampay' and l.direction = 'out'),
  found as (
    select case
        when conflicting_amount_tzs is not null then internal_break('statement_contradicts_itself', provider_reference, changed_at, conflicting_amount_tzs, amount_tzs, direction)
        when status = 'paid' and suspense_tzs is not null and suspense_tzs <> amount_tzs
          then internal_break('statement_amount_differs', provider_reference, occurred_at, amount_tzs, suspense_tzs, 'suspense')
        when status = 'paid' and suspense_tzs is not null then null
        when status = 'paid' and is_second then internal_break('statement_duplicate', payment_id, occurred_at, amount_tzs, 0, provider_reference)
        when status = 'paid' and payment_state = 'succeeded' and payment_tzs <> amount_tzs
          then internal_break('statement_amount_differs', payment_id, occurred_at, amount_tzs, payment_tzs, provider_reference)
        when status = 'paid' and payment_state is distinct from 'succeeded' and occurred_at < clock.now - interval '15 minutes'
          then internal_break('paid_not_credited', coalesce(payment_id, provider_reference), occurred_at, amount_tzs, 0, coalesce(payment_state, 'no payment of ours'))
        when status in ('failed', 'reversed') and payment_state = 'succeeded' and not is_second
          then internal_break('credited_not_paid', payment_id, occurred_at, payment_tzs, 0, status)
      end as one from clock, incoming
    union all
    select case
        when conflicting_amount_tzs is not null then internal_break('statement_contradicts_itself', provider_reference, changed_at, conflicting_amount_tzs, amount_tzs, direction)
        when status = 'paid' and withdrawal_id is null then internal_break('paid_out_unknown', provider_reference, occurred_at, amount_tzs, 0, null)
        when status = 'paid' and withdrawal_tzs <> amount_tzs then internal_break('statement_amount_differs', withdrawal_id, occurred_at, amount_tzs, withdrawal_tzs, provider_reference)
        when status = 'paid' and withdrawal_state <> 'succeeded' and occurred_at < clock.now - interval '15 minutes'
          then internal_break('paid_out_not_booked', withdrawal_id, occurred_at, amount_tzs, 0, withdrawal_state)
        when status in ('failed', 'reversed') and withdrawal_state = 'succeeded' then internal_break('booked_not_paid_out', withdrawal_id, occurred_at, amount_tzs, 0, status)
      end from clock, outgoing
    union all
    select internal_break('credit_unconfirmed', p.id, p.settled_at, p.amount_tzs, 0, p.user_id) from clock, payments p
      where p.state = 'succeeded' and p.settled_at <= clock.now - interval '2 days' and internal_payment_unconfirmed(p, clock.now)
    union all
    select internal_break('payout_unconfirmed', w.id, w.settled_at, w.amount_tzs, 0, w.settled_by) from clock, withdrawals w
      where w.state = 'succeeded' and w.settled_at <= clock.now - interval '2 days'
        and exists (select from statements s where s.provider = 'azampay' and s.from_at <= w.settled_at)
        and not exists (select from statement_lines l where l.provider = 'azampay' and l.direction = 'out' and l.status = 'paid'
          and (l.provider_reference = w.provider_reference or l.our_reference = w.external_id))
    union all
    select internal_break('statement_late', 'azampay', max(to_at), null, null, null) from clock, statements where provider = 'azampay'
      group by clock.now having max(to_at) < clock.now - interval '2 days')
  select jsonb_build_object('status', 'listed', 'breaks', coalesce(jsonb_agg(one order by one ->> 'kind', (one ->> 'sinceMs')::numeric, one ->> 'subject'), '[]'))
    from (select one from found where one is not null order by one ->> 'kind', (one ->> 'sinceMs')::numeric limit 1000) first
$$;
