-- Takes on the prompt of an intent that had to wait for it. In: paymentId, token, now. Out: status
--   claimed {payment, externalId, msisdnSealed, rental?}   the caller prompts, once; also for a repeat with the same token
--   none                                                   somebody else has it, or nobody waits for it any more.
create or replace function prompt_claim(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_payment payments;
  v_rental rentals;
begin
  select * into v_payment from payments where id = input ->> 'paymentId';
  if not found then
    return '{"status": "none"}';
  end if;
  perform 1 from users where id = v_payment.user_id for no key update;
  select * into v_payment from payments where id = v_payment.id for update;
  if v_payment.state <> 'created' or (v_payment.prompt_due_at is null and v_payment.prompt_token is distinct from input ->> 'token') then
    return '{"status": "none"}';
  end if;
  update payments set prompt_due_at = null, prompt_token = input ->> 'token' where id = v_payment.id returning * into v_payment;
  if v_payment.expires_at <= (input ->> 'now')::timestamptz then
    return '{"status": "none"}';
  end if;
  if v_payment.rental_id is not null then
    select * into v_rental from rentals where id = v_payment.rental_id;
    if v_payment.purpose = 'deposit'
        and (v_rental.status <> 'awaiting_payment' or v_rental.lease_expires_at <= (input ->> 'now')::timestamptz) then
      return '{"status": "none"}';
    end if;
  end if;
  return jsonb_build_object('status', 'claimed', 'payment', payment_json(v_payment), 'externalId', v_payment.external_id,
    'msisdnSealed', v_payment.msisdn_sealed, 'rental', case when v_rental.id is null then null else rental_json(v_rental) end);
end $$;
