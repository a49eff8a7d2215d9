-- The balance of a house account on its normal side: the newest trial balance plus what was posted since.
create or replace function internal_house_balance(p_code text) returns bigint language sql stable set search_path = public, pg_temp as $$
  with newest as (select day, last_entry_id from book_days order by day desc limit 1)
  select case a.normal_side when 'debit' then 1 else -1 end * (
      coalesce((select t.debit_tzs - t.credit_tzs from trial_balances t join newest n on n.day = t.day where t.account = a.code), 0)
      + coalesce((select sum(p.amount_tzs) from postings p join journal_entries e on e.id = p.entry_id
          where p.account_id = a.id and p.entry_id > coalesce((select last_entry_id from newest), 0)
            and e.recorded_at >= coalesce((select internal_day_end(day) from newest), '-infinity')), 0))::bigint
    from accounts a where a.code = p_code
$$;
