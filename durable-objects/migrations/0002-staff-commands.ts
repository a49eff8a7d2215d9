// Commands of staff, each once, and which version of its settings the station has confirmed. result: the station's word.
export const staffCommands = `
create table staff_commands (
  command_id text primary key,
  kind text not null,
  slot integer,
  power_bank_id text,
  frame text not null,
  issued_at_ms integer not null,
  expires_at_ms integer not null,
  sent_at_ms integer,
  result text,
  answered_at_ms integer
);
alter table station add column settings_done integer not null default 0;
`;
