-- Nothing came out for a successor: the rental of the bad bank goes on with its hold. Its bank may still go back for nothing, as long as after any
-- swap. Answers false when that rental is over already. The caller has locked the renter and ended the successor.
create or replace function internal_swap_undo(r rentals, p_hold bigint, p_now timestamptz) returns boolean language plpgsql set search_path = public, pg_temp as $$
begin
  update rentals set swapped_to_id = null, counts_toward_limit = true, version = version + 1, reason = 'swap_undone', changed_at = p_now
    where id = r.swap_of_id and status = 'active' and swapped_to_id = r.id;
  if not found then
    return false;
  end if;
  perform ledger_post('rental:' || r.id || ':release', 'rental_cancelled', p_now, p_now,
    array['user_hold:' || r.id, 'user_hold:' || r.swap_of_id], array[p_hold, -p_hold]);
  return true;
end $$;
