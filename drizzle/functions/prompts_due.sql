-- Intents whose prompt should have left by now; reads only. In: now, limit. Out: {status: listed, paymentIds}.
create or replace function prompts_due(input jsonb) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('status', 'listed', 'paymentIds', (select coalesce(jsonb_agg(id), '[]') from
    (select id from payments where prompt_due_at <= (input ->> 'now')::timestamptz order by prompt_due_at limit (input ->> 'limit')::int) due))
$$;
