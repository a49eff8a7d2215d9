-- What a renter could withdraw; reads only. In: userId, now. Out: {status: quoted, userState, walletTzs, debtTzs, rentals: [{rental, holdTzs}],
-- usedTzs, usedCount, openId} | unauthenticated.
create or replace function withdrawal_quote(input jsonb) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_user users;
  v_today record;
begin
  select * into v_user from users where id = input ->> 'userId';
  if not found then
    return '{"status": "unauthenticated"}';
  end if;
  v_today := internal_withdrawal_today(v_user.id, (input ->> 'now')::timestamptz);
  return jsonb_build_object('status', 'quoted', 'userState', v_user.state,
    'walletTzs', coalesce((select balance_tzs from accounts where code = 'user_wallet:' || v_user.id), 0),
    'debtTzs', coalesce((select balance_tzs from accounts where code = 'user_debt:' || v_user.id), 0),
    'rentals', (select coalesce(jsonb_agg(jsonb_build_object('rental', rental_json(r),
        'holdTzs', coalesce((select balance_tzs from accounts where code = 'user_hold:' || r.id), 0)) order by r.id), '[]')
      from rentals r where r.user_id = v_user.id and r.status = 'active'),
    'usedTzs', v_today.amount_tzs, 'usedCount', v_today.count,
    'openId', (select id from withdrawals where user_id = v_user.id and state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown')));
end $$;
