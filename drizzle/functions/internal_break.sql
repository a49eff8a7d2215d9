-- One thing that is wrong with the books, in the form in which all checks answer.
create or replace function internal_break(p_kind text, p_subject text, p_since timestamptz, p_amount bigint, p_expected bigint, p_detail text)
returns jsonb language sql stable set search_path = public, pg_temp as $$
  select jsonb_build_object('kind', p_kind, 'subject', p_subject, 'sinceMs', internal_ms(p_since), 'amountTzs', p_amount,
    'expectedTzs', p_expected, 'detail', p_detail)
$$;
