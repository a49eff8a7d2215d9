-- Up to here the bank of a rental that was swapped goes back for nothing: SWAP_RETURN_MS of src/rentals/pricing-facts.ts.
create or replace function internal_swap_end(p_swapped_at timestamptz) returns timestamptz language sql immutable set search_path = public, pg_temp as $$
  select p_swapped_at + interval '30 minutes'
$$;
