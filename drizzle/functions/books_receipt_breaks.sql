-- Receipts against rentals, ledger and numbers, and the audit log against its seal. Reads only. In: now. Out: {status, breaks}.
create or replace function books_receipt_breaks(input jsonb) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  with clock as (select (input ->> 'now')::timestamptz as now),
  -- Our own series begin with 1 each year; a fiscal device counts on from wherever it was when we got it.
  documents as (
    select case series when 'house' then fiscal_year::text else series end as run, series = 'house' as is_ours, number, numbered_at
      from receipts where number is not null
    union all select 'credit notes ' || fiscal_year, true, number, numbered_at from credit_notes where number is not null),
  numbered as (
    select run, number, numbered_at, coalesce(lag(number) over (partition by run order by number), case when is_ours then 0 end) as before from documents),
  counters as (
    select fiscal_year::text as run, last_number from receipt_counters
    union all select 'credit notes ' || fiscal_year, last_number from credit_note_counters),
  settled as (
    select split_part(e.reference, ':', 2) as rental_id, -sum(p.amount_tzs)::bigint as amount_tzs,
        -coalesce(sum(p.amount_tzs) filter (where a.kind = 'vat_output'), 0)::bigint as vat_tzs
      from journal_entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
      where e.kind in ('rental_settled', 'rental_lost') and (a.kind like 'revenue%' or a.kind = 'vat_output') group by 1),
  -- What was taken back of revenue and VAT, by the reference of its entry.
  taken_back as (
    select e.reference, min(e.recorded_at) as at, -sum(p.amount_tzs)::bigint as amount_tzs,
        -coalesce(sum(p.amount_tzs) filter (where a.kind = 'vat_output'), 0)::bigint as vat_tzs
      from journal_entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
      where e.kind in ('dispute', 'rental_found') and (a.kind like 'revenue%' or a.kind = 'vat_output') group by 1),
  notes as (
    select n.id, n.issued_at, n.total_tzs, n.vat_tzs,
        case n.reason when 'found' then 'rental:' || r.rental_id || ':found' else 'credit_note:' || n.id end as reference
      from credit_notes n join receipts r on r.id = n.receipt_id),
  oldest as (select at from audit_log where id > (select coalesce(max(audit_id), 0) from audit_chain) order by id limit 1),
  sealed as (select sealed_at from audit_chain order by audit_id limit 1),
  found as (
    select internal_break('receipt_missing', r.id, r.closed_at, r.total_tzs, null, null) as one from rentals r
      where r.status in ('completed', 'lost', 'swapped') and not exists (select from receipts c where c.rental_id = r.id)
    union all
    select internal_break('receipt_unnumbered', id, issued_at, total_tzs, null, null) from clock, receipts
      where number is null and issued_at < clock.now - interval '2 minutes'
    union all
    select internal_break('receipt_unnumbered', id, issued_at, total_tzs, null, null) from clock, credit_notes
      where number is null and issued_at < clock.now - interval '2 minutes'
    union all
    select internal_break('receipt_number_missing', run || '-' || lpad((before + 1)::text, 6, '0'), numbered_at, null, null,
        case when number - before > 2 then 'up to ' || run || '-' || lpad((number - 1)::text, 6, '0') end)
      from numbered where number <> before + 1
    union all
    select internal_break('receipt_counter_differs', c.run, clock.now, c.last_number, coalesce(m.number, 0), null)
      from clock, counters c left join (select run, max(number) as number from documents group by 1) m on m.run = c.run
      where c.last_number <> coalesce(m.number, 0)
    union all
    select internal_break('receipt_differs', c.id, c.issued_at, c.total_tzs, coalesce(s.amount_tzs, 0), null)
      from receipts c join rentals r on r.id = c.rental_id left join settled s on s.rental_id = c.rental_id
      where r.status in ('completed', 'lost', 'swapped') and (c.total_tzs, c.vat_tzs) is distinct from (coalesce(s.amount_tzs, 0), coalesce(s.vat_tzs, 0))
    union all
    select internal_break('credit_note_differs', coalesce(n.id, t.reference), coalesce(n.issued_at, t.at), coalesce(n.total_tzs, 0), coalesce(t.amount_tzs, 0), null)
      from notes n full join taken_back t on t.reference = n.reference
      where (coalesce(n.total_tzs, 0), coalesce(n.vat_tzs, 0)) <> (coalesce(t.amount_tzs, 0), coalesce(t.vat_tzs, 0))
    union all
    select internal_break('audit_unsealed', 'audit log', at, null, null, null) from clock, oldest where at < clock.now - interval '15 minutes'
    union all
    select internal_break('audit_head_missing', day::date::text, internal_day_end(day::date), null, null, null)
      from clock, sealed, generate_series(internal_local_day(sealed_at)::timestamp, (internal_local_day(clock.now - interval '1 hour') - 1)::timestamp, interval '1 day') as day
      where not exists (select from audit_heads h where h.day = day::date))
  select jsonb_build_object('status', 'listed', 'breaks', coalesce(jsonb_agg(one order by one ->> 'kind', (one ->> 'sinceMs')::numeric, one ->> 'subject'), '[]'))
    from (select one from found order by one ->> 'kind', (one ->> 'sinceMs')::numeric limit 1000) first
$$;
