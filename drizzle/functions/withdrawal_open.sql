-- Takes money out of a wallet for a withdrawal. In: withdrawalId, userId, amountTzs, feeTzs, provider, msisdnSealed, recipientSealed,
-- externalId, sendToken, prices [{id, version, liveTzs}] of the active rentals, limits {dailyTzs, dailyCount, approvalAboveTzs},
-- isExpired (the preview's time is over: only a replay is answered), key {route, key, bodyHash}, now, requestId. Out: status
--   send {withdrawal, externalId, sendToken}   the caller hands it over now; also for a repeat of this very call
--   awaiting_approval | replayed {withdrawal}  nothing to hand over
--   price {rentals}                            price these rentals and call again
--   withdrawal_exceeds_balance {withdrawableTzs}, withdrawal_limit {remainingTzs, remainingCount}, withdrawal_in_flight {withdrawalId} and
--   the other refusals: nothing was written.
-- The renter's row is locked first, so that his starts, settlements and withdrawals follow each other.
create or replace function withdrawal_open(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'user:' || (input ->> 'userId');
  v_amount bigint := (input ->> 'amountTzs')::bigint;
  v_total bigint := (input ->> 'amountTzs')::bigint + (input ->> 'feeTzs')::bigint;
  v_user users;
  v_key idempotency_keys;
  v_withdrawal withdrawals;
  v_debt bigint;
  v_reserved bigint;
  v_free bigint;
  v_today record;
  v_why text;
begin
  select * into v_user from users where id = input ->> 'userId' for no key update;
  if not found then
    return '{"status": "unauthenticated"}';
  end if;
  select * into v_key from idempotency_keys
    where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}';
  if found then
    if v_key.body_hash <> input #>> '{key,bodyHash}' then
      return '{"status": "idempotency_mismatch"}';
    end if;
    select * into strict v_withdrawal from withdrawals where id = v_key.created_id;
    if v_withdrawal.state = 'sending' and v_withdrawal.send_token = input ->> 'sendToken' then
      return internal_withdrawal_send(v_withdrawal);
    end if;
    return jsonb_build_object('status', 'replayed', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;

  if (input ->> 'isExpired')::boolean then
    return '{"status": "preview_invalid"}';
  end if;
  if v_user.state in ('pending', 'closed') then
    return jsonb_build_object('status', case v_user.state when 'closed' then 'account_closed' else 'forbidden' end);
  end if;
  select * into v_withdrawal from withdrawals
    where user_id = v_user.id and state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown');
  if found then
    return jsonb_build_object('status', 'withdrawal_in_flight', 'withdrawalId', v_withdrawal.id);
  end if;
  if internal_wallet_stopped(v_user.id, v_now) then
    return '{"status": "withdrawal_stopped"}';
  end if;

  -- Locked in the order of their codes, as ledger_post does: debt, holds, wallet.
  v_debt := ledger_balance('user_debt:' || v_user.id);
  v_reserved := internal_withdrawal_reserved(v_user.id, input -> 'prices');
  if v_reserved is null then
    return jsonb_build_object('status', 'price', 'rentals', (select jsonb_agg(rental_json(r) order by r.id) from rentals r
      where r.user_id = v_user.id and r.status = 'active'));
  end if;
  v_free := greatest(0, ledger_balance('user_wallet:' || v_user.id) - v_debt - v_reserved);
  if v_total > v_free then
    return jsonb_build_object('status', 'withdrawal_exceeds_balance', 'withdrawableTzs', v_free);
  end if;
  v_today := internal_withdrawal_today(v_user.id, v_now);
  if v_today.count >= (input #>> '{limits,dailyCount}')::int or v_today.amount_tzs + v_amount > (input #>> '{limits,dailyTzs}')::bigint then
    return jsonb_build_object('status', 'withdrawal_limit',
      'remainingTzs', greatest(0, (input #>> '{limits,dailyTzs}')::bigint - v_today.amount_tzs),
      'remainingCount', greatest(0, (input #>> '{limits,dailyCount}')::int - v_today.count));
  end if;
  -- A failure that only a callback told gave the money back on a word that may be forged: what follows it is looked at by a person.
  select case when w.needs_review then 'review' else 'unproven_failure' end into v_why from withdrawals w
    where w.user_id = v_user.id
      and (w.needs_review or (w.state = 'failed' and w.settled_by = 'callback'))
    order by w.needs_review desc limit 1;
  if v_amount > (input #>> '{limits,approvalAboveTzs}')::bigint then
    v_why := 'amount';
  end if;

  insert into withdrawals (id, user_id, kind, amount_tzs, fee_tzs, provider, msisdn_sealed, recipient_sealed, external_id, state, reason,
      requested_by, sends, send_token, created_at, sent_at)
    values (input ->> 'withdrawalId', v_user.id, 'wallet', v_amount, (input ->> 'feeTzs')::bigint, input ->> 'provider', input ->> 'msisdnSealed',
      input ->> 'recipientSealed', input ->> 'externalId', case when v_why is null then 'sending' else 'awaiting_approval' end, v_why, v_actor,
      case when v_why is null then 1 else 0 end, case when v_why is null then input ->> 'sendToken' end, v_now, case when v_why is null then v_now end)
    returning * into v_withdrawal;
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', v_withdrawal.id, v_now);
  perform ledger_post('withdrawal:' || v_withdrawal.id || ':asked', 'withdrawal_asked', v_now, v_now,
    array['user_wallet:' || v_user.id, 'withdrawal_clearing'], array[v_total, -v_total]);
  perform internal_audit(v_now, v_actor, 'withdrawal_asked', v_withdrawal.id,
    jsonb_build_object('amountTzs', v_amount, 'feeTzs', v_withdrawal.fee_tzs, 'awaits', v_why), input ->> 'requestId');
  if v_why is not null then
    return jsonb_build_object('status', 'awaiting_approval', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  return internal_withdrawal_send(v_withdrawal);
end $$;
