-- A payment as the verbs read it. Its schema is src/payments/record.ts. The provider's ids and the number stay inside.
create or replace function payment_json(p payments) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', p.id, 'userId', p.user_id, 'purpose', p.purpose, 'amountTzs', p.amount_tzs, 'provider', p.provider,
    'state', p.state, 'reason', p.reason, 'rentalId', p.rental_id, 'createdAtMs', internal_ms(p.created_at),
    'expiresAtMs', internal_ms(p.expires_at), 'settledAtMs', internal_ms(p.settled_at))
$$;
