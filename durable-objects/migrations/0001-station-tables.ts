// Tables WITHOUT ROWID and without secondary indexes: each fact costs one written row. All of them are small; the two
// rules that must not depend on careful code are triggers, which cost none.
export const stationTables = `
create table station (
  one integer primary key check (one = 1),
  station_id text not null,
  config_version integer not null,
  configured_at_ms integer not null,
  settings text not null,
  projection_version integer not null,
  projection text not null,
  seen_at_ms integer not null
);
create table keys (
  key_id text primary key,
  x text not null,
  is_retired integer not null
) without rowid;
-- Tokens and tickets that were used, until they would have expired.
create table used_tokens (
  jti text primary key,
  expires_at_ms integer not null
) without rowid;
-- ord: the order of boots. floor_*: what pruning must not forget. contact_*: the last heartbeat of a connection that ended.
create table boots (
  boot_id text primary key,
  ord integer not null,
  hello_seq integer,
  drift_ms integer,
  floor_seq integer not null default 0,
  floor_at_ms integer,
  contact_seq integer,
  contact_at_ms integer
) without rowid;
create table events (
  boot_id text not null,
  seq integer not null,
  type text not null,
  body text not null,
  at_ms integer not null,
  is_plausible integer not null,
  received_at_ms integer not null,
  primary key (boot_id, seq)
) without rowid;
-- left_*: the last departure that a command explains, until something else is seen there. mark: not_out = a command
-- proved that nothing comes out, unknown = quarantined.
create table slots (
  slot integer primary key,
  state text not null,
  power_bank_id text,
  charge_percent integer,
  millivolts integer,
  temperature_c real,
  is_locked integer not null,
  fault text,
  raw_code text,
  ord integer not null,
  seq integer not null,
  left_bank_id text,
  left_ord integer,
  left_seq integer,
  left_at_ms integer,
  was_seen_empty integer not null default 0,
  mark text,
  failures integer not null default 0
);
create table banks (
  power_bank_id text primary key,
  ejects integer not null
) without rowid;
create table leases (
  rental_id text primary key,
  slot integer not null,
  until_ms integer not null
) without rowid;
create table commands (
  rental_id text not null,
  attempt integer not null,
  command_id text not null,
  slot integer not null,
  power_bank_id text not null,
  issued_at_ms integer not null,
  expires_at_ms integer not null,
  not_after_ms integer not null,
  sent_at_ms integer,
  sent_ord integer,
  answer text,
  state text not null,
  out_ord integer,
  out_seq integer,
  out_at_ms integer,
  primary key (rental_id, attempt)
) without rowid;
create trigger commands_rental_id_open_one before insert on commands
when exists (select 1 from commands where rental_id = new.rental_id and state in ('open', 'unknown'))
begin select raise(abort, 'commands_rental_id_open_one'); end;
create trigger commands_slot_open_one before insert on commands
when exists (select 1 from commands where slot = new.slot and state in ('open', 'unknown'))
begin select raise(abort, 'commands_slot_open_one'); end;
-- One row per rental: what happens to it next, and when.
create table due (
  rental_id text primary key,
  what text not null,
  at_ms integer not null,
  step integer not null default 0,
  detail text
) without rowid;
create table outbox (
  id integer primary key,
  report text not null,
  power_bank_id text,
  rental_id text,
  attempts integer not null default 0,
  refusals integer not null default 0,
  next_at_ms integer not null,
  is_parked integer not null default 0
);
`;
