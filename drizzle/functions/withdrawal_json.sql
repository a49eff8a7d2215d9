-- A withdrawal as the verbs read it. Its schema is src/withdrawals/record.ts. The provider's ids stay inside.
create or replace function withdrawal_json(w withdrawals) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', w.id, 'userId', w.user_id, 'kind', w.kind, 'suspenseId', w.suspense_id, 'amountTzs', w.amount_tzs,
    'feeTzs', w.fee_tzs, 'provider', w.provider, 'msisdnSealed', w.msisdn_sealed, 'recipientSealed', w.recipient_sealed, 'state', w.state,
    'reason', w.reason, 'settledBy', w.settled_by, 'needsReview', w.needs_review, 'requestedBy', w.requested_by, 'approvedBy', w.approved_by,
    'createdAtMs', internal_ms(w.created_at), 'sentAtMs', internal_ms(w.sent_at), 'settledAtMs', internal_ms(w.settled_at))
$$;
