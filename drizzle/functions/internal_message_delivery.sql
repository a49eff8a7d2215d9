-- What a report says about its message. A final word stays, whatever comes later. A report proves that the message was taken: where that is wished
-- (`p_resolves`), one of which nobody knew it counts as sent, and is not sent again.
create or replace function internal_message_delivery(p_report message_reports, p_resolves boolean) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
  update messages set delivery = p_report.outcome, delivery_at = p_report.received_at, delivery_reason = p_report.reason
    where id = p_report.message_id and coalesce(delivery, 'pending') = 'pending' and delivery is distinct from p_report.outcome;
  if p_resolves then
    update messages set state = 'sent', provider = p_report.provider, provider_reference = p_report.provider_reference,
        sent_at = coalesce(claimed_at, p_report.received_at)
      where id = p_report.message_id and state in ('unknown', 'sending') and attempts > 0;
  end if;
end $$;
