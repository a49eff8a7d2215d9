/** Whether the bank that left a slot last went without a command: what commands did is forgotten a day after their rental's end. */
export const takenBanks = `
alter table slots add column was_taken integer not null default 0;
`;
