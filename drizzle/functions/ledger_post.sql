-- Posts one entry: `codes[i]` moves by `amounts[i]` (debit positive, credit negative; the same account may come twice).
-- The reference is looked for first: a repeat with the same postings changes nothing and returns the first entry's id,
-- one with others raises CP001. Renters' accounts are opened on first use; house accounts are not locked at all. A balance below zero is refused by accounts_balance_tzs_check.
create or replace function ledger_post(
  p_reference text, p_kind text, p_occurred_at timestamptz, p_now timestamptz, p_codes text[], p_amounts bigint[]
) returns bigint language plpgsql set search_path = public, pg_temp as $$
declare
  v_codes text[];
  v_amounts bigint[];
  v_hash text;
  v_entry bigint;
  v_first journal_entries;
  v_count int;
begin
  select array_agg(code order by code), array_agg(amount order by code)
    into v_codes, v_amounts
    from (select code, sum(amount)::bigint as amount from unnest(p_codes, p_amounts) as line (code, amount)
          group by code having sum(amount) <> 0) merged;
  if v_codes is null then
    return null;
  end if;
  v_hash := encode(sha256(convert_to(p_kind || '|' || array_to_string(v_codes, ',') || '|' || array_to_string(v_amounts, ','), 'UTF8')), 'hex');

  insert into journal_entries (kind, reference, input_hash, occurred_at, recorded_at)
    values (p_kind, p_reference, v_hash, p_occurred_at, p_now)
    on conflict (reference) do nothing returning id into v_entry;
  if v_entry is null then
    select * into strict v_first from journal_entries where reference = p_reference;
    if v_first.input_hash <> v_hash then
      raise exception 'journal entry % exists with other postings', p_reference using errcode = 'CP001';
    end if;
    return v_first.id;
  end if;

  -- One statement for all accounts that exist. Verbs have locked the renter before, so no two of them wait for each other here.
  with line as (
    select code, amount, split_part(code, ':', 1) as kind from unnest(v_codes, v_amounts) as line (code, amount)),
  moved as (
    update accounts a set balance_tzs = a.balance_tzs + case a.normal_side when 'debit' then line.amount else -line.amount end
    from line where a.code = line.code and line.kind in ('user_wallet', 'user_hold', 'user_debt')
    returning a.code, a.id),
  opened as (
    insert into accounts (code, kind, normal_side, balance_tzs)
    select line.code, line.kind, case line.kind when 'user_debt' then 'debit' else 'credit' end,
      case line.kind when 'user_debt' then line.amount else -line.amount end
    from line where line.kind in ('user_wallet', 'user_hold', 'user_debt') and not exists (select from accounts a where a.code = line.code)
    on conflict (code) do update set balance_tzs = accounts.balance_tzs + excluded.balance_tzs
    returning code, id),
  account as (
    select code, id from moved union all select code, id from opened
    union all select a.code, a.id from line join accounts a on a.code = line.code where line.kind not in ('user_wallet', 'user_hold', 'user_debt'))
  insert into postings (entry_id, account_id, amount_tzs)
    select v_entry, account.id, line.amount from line join account on account.code = line.code;
  get diagnostics v_count = row_count;
  if v_count <> cardinality(v_codes) then
    raise exception 'journal entry % names an account that does not exist', p_reference using errcode = 'CP003';
  end if;
  return v_entry;
end $$;
