// What Postgres is asked after each step. It answers what is wrong by itself (`breaks`), and the facts of the step that only
// somebody who knows the truth can judge. Incremental by the ids of entries and audit rows; from 0 it looks at everything.

export const CHECKS = `
create schema simulation;

create table simulation.switches (money_fails boolean not null);
insert into simulation.switches values (false);
grant usage on schema simulation to public;
grant select on simulation.switches to public;

-- The ledger refuses an entry while the switch is on: what a full disk or a broken constraint would do.
create function simulation.trigger_money_fails() returns trigger language plpgsql as $$
begin
  if (select money_fails from simulation.switches) then
    raise exception 'told to fail' using errcode = '53100';
  end if;
  return new;
end $$;
create trigger simulation_money_fails before insert on journal_entries for each row execute function simulation.trigger_money_fails();

create function simulation.checks(p_entry bigint, p_audit bigint) returns jsonb language plpgsql as $$
begin return (
  with
  fresh as materialized (select id, xmin as tx, kind, reference from journal_entries where id > p_entry),
  lines as materialized (select p.* from postings p join fresh f on f.id = p.entry_id),
  touched as materialized (select distinct account_id from lines),
  said as materialized (select distinct xmin as tx from audit_log where id > p_audit),
  broken as (
    select '1: entry ' || f.reference || ' does not add up to zero' as break from fresh f
      where (select count(*) < 2 or coalesce(sum(amount_tzs), 1) <> 0 from lines where entry_id = f.id)
    union all
    select '1: balance of ' || a.code || ' is not the sum of its postings' from accounts a
      where a.id in (select account_id from touched) and a.balance_tzs is not null
        and a.balance_tzs <> (select coalesce(sum(amount_tzs * case a.normal_side when 'debit' then 1 else -1 end), 0) from postings where account_id = a.id)
    union all
    select '1: ' || code || ' is below zero' from accounts where balance_tzs < 0
    union all
    select '2: ' || power_bank_id || ' has two open rentals' from rentals where status = 'active' group by power_bank_id having count(*) > 1
    union all
    select '2: ' || user_id || ' has two open rentals' from rentals
      where status in ('awaiting_payment', 'dispensing', 'active') and counts_toward_limit group by user_id having count(*) > 1
    union all
    select '6: the hold of ' || r.id || ' is still there, and it is ' || r.status from accounts a join rentals r on a.code = 'user_hold:' || r.id
      where a.kind = 'user_hold' and a.balance_tzs <> 0 and r.status not in ('dispensing', 'active')
    union all
    select '6: the hold of ' || r.id || ' is gone, and it is ' || r.status from rentals r left join accounts a on a.code = 'user_hold:' || r.id
      where r.status in ('dispensing', 'active') and coalesce(a.balance_tzs, 0) = 0 and r.counts_toward_limit and r.deposit_tzs > 0
        and r.swapped_at is null
    union all
    -- Extensions join the hold that is there.
    select '6: the hold ' || a.code || ' was resolved ' || count(*) filter (where p.amount_tzs > 0) || ' times for ' || count(*) filter (where p.amount_tzs < 0)
      from accounts a join postings p on p.account_id = a.id join journal_entries e on e.id = p.entry_id
      where a.kind = 'user_hold' and a.id in (select account_id from touched) and e.kind <> 'extension_bought'
      group by a.id, a.code, a.balance_tzs
      having count(*) filter (where p.amount_tzs > 0) <> count(*) filter (where p.amount_tzs < 0) - case when a.balance_tzs > 0 then 1 else 0 end
    union all
    select '8: ' || booked || ' is booked for ' || id || ', which was lost, and its bill says ' || total_tzs from (
      select r.id, r.total_tzs, (select coalesce(sum(-p.amount_tzs), 0) from journal_entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
          where e.reference like 'rental:' || r.id || ':%' and a.kind in ('revenue_rental', 'revenue_extension', 'revenue_late', 'revenue_lost', 'vat_output')) as booked
        from rentals r where r.id in (select split_part(reference, ':', 2) from fresh where kind in ('rental_lost', 'rental_found'))) l
      where booked <> total_tzs
    union all
    select '3: ' || held || ' wait to go out, and withdrawals of ' || asked || ' are open' from (select
        (select coalesce(-sum(p.amount_tzs), 0) from postings p join accounts a on a.id = p.account_id where a.code = 'withdrawal_clearing') as held,
        (select coalesce(sum(amount_tzs + fee_tzs), 0) from withdrawals where state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown')) as asked) w
      where held <> asked
    union all
    select '10: receipts of ' || fiscal_year || ' have a gap' from receipts where number is not null
      group by fiscal_year having count(*) <> max(number) or min(number) <> 1
    union all
    select '12: ' || f.reference || ' has no audit row' from fresh f where f.tx not in (select tx from said)
  )
  select jsonb_build_object(
    'entry', (select coalesce(max(id), 0) from journal_entries),
    'audit', (select coalesce(max(id), 0) from audit_log),
    'breaks', (select coalesce(jsonb_agg(break), '[]') from broken),
    'credits', (select coalesce(jsonb_agg(jsonb_build_object('reference', f.reference, 'provider', p.provider_reference,
        'externalId', p.external_id, 'amountTzs', p.amount_tzs, 'creditedTzs', (select sum(-l.amount_tzs) from lines l join accounts a on a.id = l.account_id
          where l.entry_id = f.id and a.kind = 'user_wallet')) order by f.id), '[]')
      from fresh f left join payments p on p.id = split_part(f.reference, ':', 2) where f.kind = 'payment_received'),
    'suspense', (select coalesce(jsonb_agg(jsonb_build_object('provider', s.provider_reference, 'amountTzs', s.amount_tzs, 'reason', s.reason) order by f.id), '[]')
      from fresh f left join suspense_items s on f.reference = 'callback:' || s.callback_id || ':suspense' where f.kind = 'suspense'),
    'bills', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'startedAtMs', internal_ms(r.started_at), 'endedAtMs', internal_ms(r.ended_at),
        'recordedAtMs', internal_ms(r.closed_at), 'bankId', r.power_bank_id, 'stationId', r.return_station_id,
        'commandId', r.command_id, 'eventKey', r.return_event_key,
        'totalTzs', r.total_tzs, 'vatTzs', r.vat_tzs, 'receiptTzs', c.total_tzs, 'capTzs', (r.tariff ->> 'capTotalTzs')::int, 'isFree', r.is_free_return or r.swapped_at is not null,
        'lastBoughtAtMs', (select max((x ->> 'boughtAtMs')::bigint) from jsonb_array_elements(r.extensions) x),
        'bookedTzs', (select coalesce(sum(-l.amount_tzs), 0) from lines l join accounts a on a.id = l.account_id
          where l.entry_id = f.id and a.kind in ('revenue_rental', 'revenue_extension', 'revenue_late', 'revenue_lost', 'vat_output'))) order by f.id), '[]')
      from fresh f join rentals r on r.id = split_part(f.reference, ':', 2) left join receipts c on c.rental_id = r.id where f.kind = 'rental_settled'),
    'pending', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status, 'leaseExpiresAtMs', internal_ms(lease_expires_at),
        'lastActionAtMs', internal_ms(last_action_at)) order by id), '[]') from rentals where status in ('awaiting_payment', 'dispensing')),
    'withdrawals', (select coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'externalId', w.external_id, 'amountTzs', w.amount_tzs, 'state', w.state,
        'sentAtMs', internal_ms(w.sent_at), 'needsReview', w.needs_review) order by w.id), '[]') from withdrawals w
      where w.state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown') or w.needs_review
        or w.id in (select split_part(reference, ':', 2) from fresh where reference like 'withdrawal:%')),
    'failedCallbacks', (select count(*) from payment_callbacks where state = 'failed'),
    'unnumbered', (select count(*) from receipts where number is null),
    'unnumberedSinceMs', (select internal_ms(min(issued_at)) from receipts where number is null),
    'rented', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'bankId', power_bank_id, 'commandId', command_id, 'dueAtMs', internal_ms(due_at))
        order by id), '[]') from rentals where status = 'active'),
    'lost', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'bankId', power_bank_id, 'commandId', command_id, 'lostAtMs', internal_ms(lost_at))
        order by id), '[]') from rentals where status = 'lost'),
    'places', (select jsonb_agg(jsonb_build_object('bankId', id, 'place', place, 'stationId', station_id, 'slot', slot) order by id) from power_banks)
  ));
end $$;
`;
