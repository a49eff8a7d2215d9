-- Numbers committed receipts and credit notes in the order of their ids, without a gap within a fiscal year and series. One
-- lock, on the year's counter. Where a fiscal device counts (`isFiscal`), only receipts over nothing are numbered here.
-- In: now, limit, isFiscal. Out: {status, count}.
create or replace function receipts_number(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_limit int := (input ->> 'limit')::int;
  v_is_fiscal boolean := coalesce((input ->> 'isFiscal')::boolean, false);
  v_year int;
  v_last int;
  v_count int;
  v_total int := 0;
begin
  for v_year in select distinct fiscal_year from receipts where number is null and (total_tzs = 0 or not v_is_fiscal) order by 1 loop
    insert into receipt_counters (fiscal_year, last_number) values (v_year, 0) on conflict do nothing;
    select last_number into strict v_last from receipt_counters where fiscal_year = v_year for update;
    with due as (
      select id, row_number() over (order by id) as position from
        (select id from receipts where number is null and fiscal_year = v_year and (total_tzs = 0 or not v_is_fiscal) order by id limit v_limit) waiting)
    update receipts set number = v_last + due.position, numbered_at = v_now
      from due where receipts.id = due.id and receipts.number is null;
    get diagnostics v_count = row_count;
    update receipt_counters set last_number = v_last + v_count where fiscal_year = v_year;
    v_total := v_total + v_count;
  end loop;
  for v_year in select distinct fiscal_year from credit_notes where number is null order by 1 loop
    insert into credit_note_counters (fiscal_year, last_number) values (v_year, 0) on conflict do nothing;
    select last_number into strict v_last from credit_note_counters where fiscal_year = v_year for update;
    with due as (
      select id, row_number() over (order by id) as position from
        (select id from credit_notes where number is null and fiscal_year = v_year order by id limit v_limit) waiting)
    update credit_notes set number = v_last + due.position, numbered_at = v_now
      from due where credit_notes.id = due.id and credit_notes.number is null;
    get diagnostics v_count = row_count;
    update credit_note_counters set last_number = v_last + v_count where fiscal_year = v_year;
    v_total := v_total + v_count;
  end loop;
  return jsonb_build_object('status', 'done', 'count', v_total);
end $$;
