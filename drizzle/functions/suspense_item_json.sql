-- A suspense item as finance sees it; its schema is src/withdrawals/record.ts. `isProven`: a statement has its money as one of our payments',
-- so that it can be given back without asking anybody.
create or replace function suspense_item_json(p_item suspense_items) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', p_item.id, 'amountTzs', p_item.amount_tzs, 'reason', p_item.reason, 'state', p_item.state,
    'providerReference', p_item.provider_reference, 'paymentId', p_item.payment_id, 'userId', p.user_id, 'provider', p.provider,
    'isProven', internal_suspense_proven(p_item, p, false), 'openedAtMs', internal_ms(p_item.opened_at), 'resolution', p_item.resolution,
    'dismissalAskedBy', p_item.dismissal_asked_by, 'resolvedBy', p_item.resolved_by, 'resolvedAtMs', internal_ms(p_item.resolved_at))
  from (select p_item.payment_id as id) i left join payments p on p.id = i.id
$$;
