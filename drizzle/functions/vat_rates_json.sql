-- All VAT rates, oldest first, as the pricing function takes them.
create or replace function vat_rates_json() returns jsonb language sql stable set search_path = public, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object('effectiveFrom', effective_from, 'percent', percent) order by effective_from), '[]') from vat_rates
$$;
