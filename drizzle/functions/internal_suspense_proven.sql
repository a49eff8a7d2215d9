-- Whether the money of a suspense item is proven to be here and to be this payment's: it names one of our payments, no payment was credited for
-- the same transaction, and a statement has it in this very amount, or a status query we made has just confirmed the transaction
-- (`p_is_probed`; a query says nothing about the amount, so then it is at most what we asked the payer for).
create or replace function internal_suspense_proven(p_item suspense_items, p_payment payments, p_is_probed boolean)
returns boolean language sql stable set search_path = public, pg_temp as $$
  select p_payment.id is not null
    and not exists (select from payments where provider_reference = p_item.provider_reference
      and (id <> p_payment.id or state = 'succeeded'))
    and (p_is_probed and p_item.amount_tzs <= p_payment.amount_tzs
      or exists (select from statement_lines l where l.provider = 'azampay' and l.provider_reference = p_item.provider_reference and l.direction = 'in'
        and l.status = 'paid' and l.amount_tzs = p_item.amount_tzs and l.conflicting_amount_tzs is null
        and (l.our_reference is null or l.our_reference = p_payment.external_id)))
$$;
