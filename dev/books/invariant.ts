/** Invariant 1 over a whole database, as one query: a row for each thing that is wrong with the books. */
export const BOOK_BREAKS = `select 'entry ' || entry_id as break from postings group by entry_id having sum(amount_tzs) <> 0
  union all select 'entry without postings ' || reference from journal_entries e where (select count(*) from postings where entry_id = e.id) < 2
  union all select 'balance ' || code from accounts a where balance_tzs is not null
    and balance_tzs <> (select coalesce(sum(amount_tzs * case a.normal_side when 'debit' then 1 else -1 end), 0) from postings where account_id = a.id)`;
