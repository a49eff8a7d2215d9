-- The trial balance of a closed day, or as it stands now: every house account and the renters' accounts by kind, as sums of
-- all debits and credits. Reads only. In: day?. Out: {status, day, accounts [{account, debitTzs, creditTzs}]}.
create or replace function books_trial(input jsonb) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  with day as (select max(d.day) as day from book_days d where d.day = coalesce((input ->> 'day')::date, d.day)),
  since as (
    select case when a.balance_tzs is null then a.code else a.kind end as account, p.amount_tzs
      from postings p join journal_entries e on e.id = p.entry_id join accounts a on a.id = p.account_id
      where input ->> 'day' is null
        and p.entry_id > coalesce((select d.last_entry_id from book_days d join day on day.day = d.day), 0)
        and e.recorded_at >= coalesce((select internal_day_end(day) from day), '-infinity')),
  both_parts as (
    select account, debit_tzs as debit, credit_tzs as credit from trial_balances where trial_balances.day = (select day from day)
    union all select account, greatest(amount_tzs, 0), greatest(-amount_tzs, 0) from since
    union all select code, 0, 0 from accounts where balance_tzs is null)
  select jsonb_build_object('status', 'listed', 'day', (select day from day), 'accounts', coalesce(jsonb_agg(jsonb_build_object(
      'account', account, 'debitTzs', debit, 'creditTzs', credit) order by account), '[]'))
    from (select account, sum(debit) as debit, sum(credit) as credit from both_parts group by account) sums
$$;
