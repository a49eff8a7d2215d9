-- Two of finance say that money in suspense is not there: the provider never had it (a callback was forged or wrong), or gave it back itself. In:
-- suspenseId, staffId, reason, now, requestId. Out: asked | dismissed {item} | suspense_confirmed: a statement has it as paid | suspense_resolved |
-- four_eyes_required | suspense_unknown | forbidden. Should a statement have it later, it can be refunded all the same.
create or replace function suspense_dismiss(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_item suspense_items;
  v_subject text;
  v_is_second boolean;
begin
  if not internal_staff(input ->> 'staffId') then
    return '{"status": "forbidden"}';
  end if;
  select * into v_item from suspense_items where id = (input ->> 'suspenseId')::bigint for update;
  if not found then
    return '{"status": "suspense_unknown"}';
  end if;
  if v_item.resolution = 'dismissed' and v_actor in (v_item.dismissal_asked_by, v_item.resolved_by) then
    return jsonb_build_object('status', 'dismissed', 'item', suspense_item_json(v_item));
  end if;
  if v_item.state <> 'open' then
    return '{"status": "suspense_resolved"}';
  end if;
  if exists (select from payments where id = v_item.payment_id and user_id = input ->> 'staffId') then
    return '{"status": "four_eyes_required"}';
  end if;
  if exists (select from statement_lines where provider = 'azampay' and provider_reference = v_item.provider_reference and direction = 'in' and status = 'paid') then
    return '{"status": "suspense_confirmed"}';
  end if;

  v_subject := coalesce(v_item.payment_id, 'callback:' || v_item.callback_id);
  -- Who asked first may be of finance no more.
  v_is_second := v_item.dismissal_asked_by <> v_actor and internal_staff(split_part(v_item.dismissal_asked_by, ':', 2));
  if v_is_second is not true then
    if v_item.dismissal_asked_by is distinct from v_actor then
      update suspense_items set dismissal_asked_by = v_actor where id = v_item.id returning * into v_item;
      perform internal_audit(v_now, v_actor, 'suspense_dismissal_asked', v_subject,
        jsonb_build_object('suspenseId', v_item.id, 'amountTzs', v_item.amount_tzs, 'reason', input ->> 'reason'), input ->> 'requestId');
    end if;
    return jsonb_build_object('status', 'asked', 'item', suspense_item_json(v_item));
  end if;
  -- It may be dismissed again after it was there for a while: each time is an entry of its own.
  perform ledger_post('suspense:' || v_item.id || ':dismissed:' || internal_ms(v_now), 'suspense_dismissed', v_now, v_now,
    array['suspense', 'azampay_clearing'], array[v_item.amount_tzs, -v_item.amount_tzs]);
  update suspense_items set state = 'resolved', resolution = 'dismissed', resolved_by = v_actor, resolved_at = v_now
    where id = v_item.id returning * into v_item;
  perform internal_audit(v_now, v_actor, 'suspense_dismissed', v_subject,
    jsonb_build_object('suspenseId', v_item.id, 'amountTzs', v_item.amount_tzs, 'reason', input ->> 'reason'), input ->> 'requestId');
  return jsonb_build_object('status', 'dismissed', 'item', suspense_item_json(v_item));
end $$;
