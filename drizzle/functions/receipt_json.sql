-- A receipt as the application reads it, with the device that numbered it and what was taken back of it.
create or replace function receipt_json(r receipts) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', r.id, 'rentalId', r.rental_id, 'token', r.token, 'series', r.series, 'fiscalYear', r.fiscal_year,
    'number', r.number, 'lines', r.lines, 'totalTzs', r.total_tzs, 'vatTzs', r.vat_tzs, 'netTzs', r.net_tzs, 'vatPercent', r.vat_percent,
    'issuedAtMs', internal_ms(r.issued_at),
    'fiscal', (select jsonb_build_object('deviceSerial', d.serial, 'tin', d.tin, 'vrn', d.vrn, 'uin', d.uin, 'taxpayer', d.name,
        'taxOffice', d.tax_office, 'globalCounter', f.global_counter, 'dailyCounter', f.daily_counter, 'zNumber', to_char(f.day, 'YYYYMMDD'),
        'verificationCode', f.verification_code, 'verifyUrl', f.verify_url, 'issuedAtMs', internal_ms(f.issued_at))
      from fiscal_receipts f join fiscal_devices d on d.serial = f.device_serial where f.receipt_id = r.id),
    'creditNotes', (select coalesce(jsonb_agg(credit_note_json(n) order by n.id), '[]') from credit_notes n where n.receipt_id = r.id))
$$;
