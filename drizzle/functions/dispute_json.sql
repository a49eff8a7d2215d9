-- A dispute as the verbs read it; its schema is src/disputes/record.ts.
create or replace function dispute_json(d disputes) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', d.id, 'rentalId', d.rental_id, 'userId', d.user_id, 'kind', d.kind, 'textSealed', d.text_sealed, 'state', d.state,
    'evidence', d.evidence, 'openedAtMs', internal_ms(d.opened_at), 'outcome', d.outcome, 'amountTzs', d.amount_tzs, 'note', d.note,
    'creditNoteId', d.credit_note_id, 'decidedBy', d.decided_by, 'decidedAtMs', internal_ms(d.decided_at))
$$;
