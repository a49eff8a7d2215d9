// The counters of one fiscal device and the queue of what the authority has to be told. A number is never given twice and
// never taken back: triggers, because that must not depend on careful code.
export const fiscalDeviceTables = `
create table device (
  one integer primary key check (one = 1),
  registration text not null,
  credentials_sealed text not null,
  registered_at_ms integer not null,
  global_counter integer not null,
  day text not null,
  daily_counter integer not null,
  daily_tzs integer not null,
  gross_tzs integer not null,
  last_at_ms integer not null
);
create trigger device_counts_up before update of global_counter on device
when new.global_counter < old.global_counter or new.global_counter > old.global_counter + 1
begin select raise(abort, 'device_counts_up'); end;
create table numbers (
  global_counter integer primary key,
  receipt_id text not null unique,
  daily_counter integer not null,
  day text not null,
  time text not null,
  at_ms integer not null,
  unique (day, daily_counter)
);
create trigger numbers_stay before update on numbers begin select raise(abort, 'numbers_stay'); end;
create trigger numbers_stay_given before delete on numbers begin select raise(abort, 'numbers_stay'); end;
-- What today's receipts add up to, by tax code; emptied by the daily report.
create table day_sums (
  tax_code integer primary key,
  percent real not null,
  net_cents integer not null,
  tax_cents integer not null
);
-- content: what the document says. document: its signed bytes, stored before they are sent for the first time.
create table outbox (
  id integer primary key autoincrement,
  kind text not null,
  number text not null,
  content text not null,
  document text,
  made_at_ms integer not null,
  attempts integer not null default 0,
  next_at_ms integer not null,
  accepted_at_ms integer
);
create unique index outbox_kind_number_key on outbox (kind, number);
create index outbox_waiting_idx on outbox (id) where accepted_at_ms is null;
create index outbox_accepted_idx on outbox (accepted_at_ms) where document is not null and accepted_at_ms is not null;
create trigger outbox_document_stays before update of document, content on outbox
when old.document is not null and old.accepted_at_ms is null
begin select raise(abort, 'outbox_document_stays'); end;
create table token (
  one integer primary key check (one = 1),
  sealed text not null,
  usable_until_ms integer not null
);
`;
