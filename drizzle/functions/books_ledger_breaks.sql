-- What is wrong within the ledger: every entry, every balance and every trial balance is computed from the postings again.
-- Reads only, all of it. In: now. Out: {status, breaks}.
create or replace function books_ledger_breaks(input jsonb) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  with clock as (select (input ->> 'now')::timestamptz as now),
  lines as (
    select p.entry_id, count(*) as n, sum(p.amount_tzs) as total, count(a.id) as known,
        array_to_string(array_agg(a.code order by a.code), ',') || '|' || array_to_string(array_agg(p.amount_tzs order by a.code), ',') as text
      from postings p left join accounts a on a.id = p.account_id group by p.entry_id),
  entries as (
    select coalesce(e.reference, 'entry ' || l.entry_id) as subject, coalesce(e.recorded_at, clock.now) as since, l.total,
        case when e.id is null or l.entry_id is null or l.n < 2 or l.total <> 0 or l.known < l.n then 'entry_unbalanced'
          when e.input_hash <> encode(sha256(convert_to(e.kind || '|' || l.text, 'UTF8')), 'hex') then 'entry_altered' end as kind
      from clock, journal_entries e full join lines l on l.entry_id = e.id),
  balances as (
    select a.code, a.balance_tzs, coalesce(sum(p.amount_tzs * case a.normal_side when 'debit' then 1 else -1 end), 0)::bigint as derived,
        max(p.entry_id) as entry_id
      from accounts a left join postings p on p.account_id = a.id where a.balance_tzs is not null group by a.id),
  -- What each day should say, from all postings: sums up to the end of the day, by account.
  turnover as (
    select case when a.balance_tzs is null then a.code else a.kind end as account, internal_local_day(e.recorded_at) as day,
        sum(greatest(p.amount_tzs, 0)) as debit, sum(greatest(-p.amount_tzs, 0)) as credit
      from postings p join journal_entries e on e.id = p.entry_id join accounts a on a.id = p.account_id group by 1, 2),
  expected as (
    select d.day, d.closed_at, t.account, sum(t.debit) as debit, sum(t.credit) as credit
      from book_days d join turnover t on t.day <= d.day group by 1, 2, 3),
  days as (
    select coalesce(e.day, t.day) as day, coalesce(e.account, t.account) as account, e.closed_at,
        t.debit_tzs - t.credit_tzs as stored, coalesce(e.debit - e.credit, 0)::bigint as derived,
        t.day is null or t.debit_tzs <> coalesce(e.debit, 0) or t.credit_tzs <> coalesce(e.credit, 0) as differs
      from expected e full join trial_balances t on t.day = e.day and t.account = e.account),
  due as (
    select missing::date as day from clock, generate_series(
      (select internal_local_day(recorded_at) from journal_entries order by id limit 1)::timestamp,
      (internal_local_day(clock.now - interval '1 hour') - 1)::timestamp, interval '1 day') as missing
    where not exists (select from book_days d where d.day = missing::date)),
  found as (
    select internal_break(kind, subject, since, total::bigint, 0, null) as one from entries where kind is not null
    union all
    select internal_break('balance_differs', b.code, coalesce(e.recorded_at, clock.now), b.balance_tzs, b.derived, null)
      from clock, balances b left join journal_entries e on e.id = b.entry_id where b.balance_tzs <> b.derived
    union all
    select internal_break('trial_balance_differs', day || ' ' || account, coalesce(closed_at, internal_day_end(day)), stored, derived, null) from days where differs
    union all
    select internal_break('day_not_closed', day::text, internal_day_end(day), null, null, null) from due
    union all
    select internal_break('suspense_differs', 'suspense', clock.now, booked.amount, items.amount, null)
      from clock, (select -coalesce(sum(p.amount_tzs), 0)::bigint as amount from postings p join accounts a on a.id = p.account_id where a.code = 'suspense') booked,
        (select coalesce(sum(amount_tzs), 0)::bigint as amount from suspense_items where state = 'open') items where booked.amount <> items.amount
    union all
    select internal_break('withdrawal_clearing_differs', 'withdrawal_clearing', clock.now, booked.amount, items.amount, null)
      from clock, (select -coalesce(sum(p.amount_tzs), 0)::bigint as amount from postings p join accounts a on a.id = p.account_id where a.code = 'withdrawal_clearing') booked,
        (select coalesce(sum(amount_tzs + fee_tzs), 0)::bigint as amount from withdrawals
          where state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown')) items where booked.amount <> items.amount)
  select jsonb_build_object('status', 'listed', 'breaks', coalesce(jsonb_agg(one order by one ->> 'kind', (one ->> 'sinceMs')::numeric, one ->> 'subject'), '[]'))
    from (select one from found order by one ->> 'kind', (one ->> 'sinceMs')::numeric limit 1000) first
$$;
