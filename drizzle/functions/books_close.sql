-- Closes the oldest day of Africa/Dar_es_Salaam that is over and open: its trial balance is the one before plus what was
-- recorded that day. In: now. Out: {status, day?, uncheckedDay?}; status = closed (call again, there may be more) | current |
-- waiting (somebody is still writing entries) | busy. A day is due five minutes after its midnight, and is closed once.
create or replace function books_close(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_due date := internal_local_day(v_now - interval '5 minutes') - 1;
  v_last book_days;
  v_day date;
  v_from timestamptz;
  v_end timestamptz;
  v_last_entry bigint;
begin
  if not pg_try_advisory_xact_lock(7183542) then
    return '{"status": "busy"}';
  end if;
  select * into v_last from book_days order by day desc limit 1;
  v_day := coalesce(v_last.day + 1, (select internal_local_day(recorded_at) from journal_entries order by id limit 1));
  if v_day is null or v_day > v_due then
    return jsonb_build_object('status', 'current', 'uncheckedDay', (select min(day) from book_days where checked_at is null));
  end if;
  -- Whatever was recorded before midnight is committed now: what comes later would be in no day.
  if not internal_writers_gone('journal_entries', coalesce((input ->> 'patienceMs')::int, 1000)) then
    return '{"status": "waiting"}';
  end if;
  v_from := coalesce(internal_day_end(v_last.day), '-infinity');
  v_end := internal_day_end(v_day);
  v_last_entry := coalesce(
    (select id - 1 from journal_entries where id > coalesce(v_last.last_entry_id, 0) and recorded_at >= v_end order by id limit 1),
    (select max(id) from journal_entries), 0);
  insert into book_days (day, last_entry_id, closed_at) values (v_day, v_last_entry, v_now);
  insert into trial_balances (day, account, debit_tzs, credit_tzs)
    select v_day, a.account, coalesce(b.debit_tzs, 0) + coalesce(t.debit_tzs, 0), coalesce(b.credit_tzs, 0) + coalesce(t.credit_tzs, 0)
      from (select code as account from accounts where balance_tzs is null
        union select unnest(array['user_wallet', 'user_hold', 'user_debt'])) a
      left join trial_balances b on b.day = v_last.day and b.account = a.account
      left join (
        select case when c.balance_tzs is null then c.code else c.kind end as account,
            coalesce(sum(p.amount_tzs) filter (where p.amount_tzs > 0), 0) as debit_tzs,
            coalesce(-sum(p.amount_tzs) filter (where p.amount_tzs < 0), 0) as credit_tzs
          from journal_entries e join postings p on p.entry_id = e.id join accounts c on c.id = p.account_id
          where e.id > coalesce(v_last.last_entry_id, 0) and e.recorded_at >= v_from and e.recorded_at < v_end
          group by 1) t on t.account = a.account;
  return jsonb_build_object('status', 'closed', 'day', v_day);
end $$;
