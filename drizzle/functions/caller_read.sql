-- Everything that a menu says to whoever calls from a number, in one reading. In: phoneHash, stationCode?, returnCode?, now. Out:
-- {status: read, user: {id, name, locale, state}?, walletTzs, debtTzs, rental?, rentals: [{rental, holdTzs}], isWithdrawing, station?, found?}.
-- rental: the open one, else the newest. found: the rental of this code, while its bank is out and for a day after.
create or replace function caller_read(input jsonb) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_user users;
  v_rental rentals;
  v_found rentals;
begin
  select * into v_user from users where phone_hash = input ->> 'phoneHash';
  if v_user.id is not null then
    select * into v_rental from rentals
      where user_id = v_user.id and status in ('awaiting_payment', 'dispensing', 'active') order by counts_toward_limit desc, id desc limit 1;
    if v_rental.id is null then
      select * into v_rental from rentals where user_id = v_user.id order by id desc limit 1;
    end if;
  end if;
  if input ->> 'returnCode' is not null then
    select * into v_found from rentals where return_code = input ->> 'returnCode'
        and (status = 'active' or closed_at > (input ->> 'now')::timestamptz - interval '1 day')
      order by (status = 'active') desc, id desc limit 1;
  end if;
  return jsonb_build_object('status', 'read',
    'user', case when v_user.id is null then null
      else jsonb_build_object('id', v_user.id, 'name', v_user.name, 'locale', v_user.locale, 'state', v_user.state) end,
    'walletTzs', coalesce((select balance_tzs from accounts where code = 'user_wallet:' || v_user.id), 0),
    'debtTzs', coalesce((select balance_tzs from accounts where code = 'user_debt:' || v_user.id), 0),
    'rental', case when v_rental.id is null then null else rental_json(v_rental) || jsonb_build_object('returnCode', v_rental.return_code) end,
    'rentals', (select coalesce(jsonb_agg(jsonb_build_object('rental', rental_json(r),
        'holdTzs', coalesce((select balance_tzs from accounts where code = 'user_hold:' || r.id), 0)) order by r.id), '[]')
      from rentals r where r.user_id = v_user.id and r.status = 'active'),
    'isWithdrawing', exists (select from withdrawals where user_id = v_user.id
      and state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown')),
    'station', (select jsonb_build_object('id', s.id, 'code', s.code, 'name', s.name, 'isInService', s.is_in_service,
        'isOpen', internal_is_open(s.opening_hours, (input ->> 'now')::timestamptz), 'isOnline', p.is_online, 'freeBanks', p.free_banks, 'terms', t.terms, 'vatRates', vat_rates_json())
      from stations s join tariffs t on t.id = s.tariff_id left join station_projections p on p.station_id = s.id
      where s.code = input ->> 'stationCode'),
    'found', case when v_found.id is null then null else rental_json(v_found) end);
end $$;
