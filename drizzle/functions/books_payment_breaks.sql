-- Payments, callbacks, holds, suspense and withdrawals that are older than their rule allows, or that say something else than
-- the ledger. Reads only. In: now. Out: {status, breaks}.
create or replace function books_payment_breaks(input jsonb) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  with clock as (select (input ->> 'now')::timestamptz as now),
  credited as (
    select e.reference, e.recorded_at, p.amount_tzs from journal_entries e
      left join postings p on p.entry_id = e.id and p.account_id = (select id from accounts where code = 'azampay_clearing')
      where e.kind = 'payment_received'),
  holds as (
    select a.code, a.balance_tzs, r.id, r.status, r.due_at, r.changed_at, r.swapped_to_id
      from accounts a left join rentals r on a.code = 'user_hold:' || r.id where a.kind = 'user_hold'),
  paid_out as (
    select split_part(e.reference, ':', 2) as id, -p.amount_tzs as amount_tzs from journal_entries e
      join postings p on p.entry_id = e.id and p.account_id = (select id from accounts where code = 'azampay_clearing')
      where e.kind in ('withdrawal_paid', 'withdrawal_paid_late', 'withdrawal_reversed')),
  left_for as (select id, sum(amount_tzs)::bigint as amount_tzs from paid_out group by id),
  found as (
    select internal_break('payment_unanswered', id, expires_at, amount_tzs, null, state) as one from clock, payments
      where state in ('created', 'submitted', 'unknown') and expires_at < clock.now - interval '15 minutes'
    union all
    select internal_break(case when c.reference is null then 'payment_credit_missing' else 'payment_credit_differs' end, p.id, p.settled_at, c.amount_tzs, p.amount_tzs, null)
      from payments p left join credited c on c.reference = 'payment:' || p.id || ':credit'
      where p.state = 'succeeded' and p.amount_tzs is distinct from c.amount_tzs
    union all
    select internal_break('payment_credit_unexpected', c.reference, c.recorded_at, c.amount_tzs, 0, p.state)
      from credited c left join payments p on c.reference = 'payment:' || p.id || ':credit' where p.state is distinct from 'succeeded'
    union all
    select internal_break('callback_failed', 'callback ' || id, received_at, null, null, last_error) from clock, payment_callbacks
      where state = 'failed' and received_at < clock.now - interval '15 minutes'
    union all
    select internal_break('callback_failed', 'withdrawal callback ' || id, received_at, null, null, last_error) from clock, withdrawal_callbacks
      where state = 'failed' and received_at < clock.now - interval '15 minutes'
    union all
    select internal_break('suspense_open', 'suspense ' || s.id, s.opened_at, s.amount_tzs, null,
        s.reason || case when internal_suspense_proven(s, p, false) then ', proven by the statement' else '' end)
      from suspense_items s left join payments p on p.id = s.payment_id where s.state = 'open'
    union all
    select internal_break('hold_orphaned', code, coalesce(changed_at, clock.now), balance_tzs, 0, coalesce(status, 'no such rental')) from clock, holds
      where balance_tzs > 0 and (status is null or status not in ('dispensing', 'active'))
    union all
    select internal_break('hold_missing', h.code, h.changed_at, 0, null, h.status) from holds h
      where h.balance_tzs = 0 and h.status in ('dispensing', 'active') and h.swapped_to_id is null
        and exists (select from journal_entries e where e.reference in ('rental:' || h.id || ':hold', 'rental:' || h.id || ':rehold'))
    union all
    select internal_break('hold_old', code, due_at, balance_tzs, null, status) from clock, holds
      where balance_tzs > 0 and status = 'active' and due_at < clock.now - interval '4 days'
    union all
    select internal_break('rental_stuck', id, changed_at, deposit_tzs, null, status) from clock, rentals
      where (status = 'awaiting_payment' and coalesce(lease_expires_at, opened_at) < clock.now - interval '15 minutes')
        or (status = 'dispensing' and changed_at < clock.now - interval '15 minutes')
    union all
    select internal_break('withdrawal_unfinished', id, coalesce(sent_at, created_at), amount_tzs, null, state) from clock, withdrawals
      where (state in ('created', 'sending') and coalesce(sent_at, created_at) < clock.now - interval '15 minutes')
        or (state in ('awaiting_approval', 'submitted', 'unknown') and coalesce(sent_at, created_at) < clock.now - interval '1 day')
    union all
    select internal_break('withdrawal_contradicted', id, coalesce(settled_at, created_at), amount_tzs, null, state) from withdrawals where needs_review
    union all
    select internal_break('withdrawal_booking_differs', w.id, coalesce(w.settled_at, w.created_at), coalesce(o.amount_tzs, 0),
        case w.state when 'succeeded' then w.amount_tzs else 0 end, w.state)
      from withdrawals w left join left_for o on o.id = w.id
      where coalesce(o.amount_tzs, 0) <> case w.state when 'succeeded' then w.amount_tzs else 0 end)
  select jsonb_build_object('status', 'listed', 'breaks', coalesce(jsonb_agg(one order by one ->> 'kind', (one ->> 'sinceMs')::numeric, one ->> 'subject'), '[]'))
    from (select one from found order by one ->> 'kind', (one ->> 'sinceMs')::numeric limit 1000) first
$$;
