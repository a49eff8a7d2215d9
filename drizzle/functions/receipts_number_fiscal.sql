-- Stores the numbers that a fiscal device gave. In: now, device {serial, tin, vrn, uin, name, taxOffice, receiptCode,
-- registeredAt}, numbers [{receiptId, globalCounter, dailyCounter, day, verificationCode, verifyUrl, issuedAt}].
-- Out: {status, count}. A receipt that has its number already is passed over; another number for it raises CP005.
create or replace function receipts_number_fiscal(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_serial text := input #>> '{device,serial}';
  v_item jsonb;
  v_receipt receipts;
  v_count int := 0;
begin
  insert into fiscal_devices (serial, tin, vrn, uin, name, tax_office, receipt_code, registered_at)
    values (v_serial, input #>> '{device,tin}', input #>> '{device,vrn}', input #>> '{device,uin}', input #>> '{device,name}',
      input #>> '{device,taxOffice}', input #>> '{device,receiptCode}', (input #>> '{device,registeredAt}')::timestamptz)
    on conflict (serial) do nothing;
  for v_item in select value from jsonb_array_elements(input -> 'numbers') order by value ->> 'receiptId' loop
    select * into strict v_receipt from receipts where id = v_item ->> 'receiptId' for update;
    if v_receipt.number is not null then
      if (v_receipt.series, v_receipt.number) is distinct from (v_serial, (v_item ->> 'globalCounter')::int) then
        raise exception 'receipt % has another number already', v_receipt.id using errcode = 'CP005';
      end if;
      continue;
    end if;
    update receipts set series = v_serial, number = (v_item ->> 'globalCounter')::int, numbered_at = v_now where id = v_receipt.id;
    insert into fiscal_receipts (receipt_id, device_serial, global_counter, daily_counter, day, verification_code, verify_url, issued_at)
      values (v_receipt.id, v_serial, (v_item ->> 'globalCounter')::int, (v_item ->> 'dailyCounter')::int, (v_item ->> 'day')::date,
        v_item ->> 'verificationCode', v_item ->> 'verifyUrl', (v_item ->> 'issuedAt')::timestamptz);
    v_count := v_count + 1;
  end loop;
  return jsonb_build_object('status', 'done', 'count', v_count);
end $$;
