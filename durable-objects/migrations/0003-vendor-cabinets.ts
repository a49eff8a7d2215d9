// binding: the driver and the cabinet's name at its vendor. boot_id: what its observations are numbered under; new with each
// binding. asked_since_ms: the earliest question that no answer has followed yet.
export const vendorCabinets = `
create table vendor (
  one integer primary key check (one = 1),
  binding text not null,
  boot_id text not null,
  asked_since_ms integer
);
-- What was heard from outside and is kept as evidence; a repeat has the same name.
create table vendor_notes (
  name text primary key,
  at_ms integer not null
) without rowid;
`;
