-- A credit note as the application reads it; `receipt` is what it takes back.
create or replace function credit_note_json(n credit_notes) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', n.id, 'token', n.token, 'fiscalYear', n.fiscal_year, 'number', n.number, 'reason', n.reason,
    'lines', n.lines, 'totalTzs', n.total_tzs, 'vatTzs', n.vat_tzs, 'netTzs', n.net_tzs, 'vatPercent', n.vat_percent,
    'issuedAtMs', internal_ms(n.issued_at),
    'receipt', (select jsonb_build_object('id', r.id, 'rentalId', r.rental_id, 'series', r.series, 'fiscalYear', r.fiscal_year,
      'number', r.number, 'issuedAtMs', internal_ms(r.issued_at)) from receipts r where r.id = n.receipt_id))
$$;
