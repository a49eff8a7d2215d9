/**
 * When a command was answered: a bank that its station denies may have left at that very moment, and is shown for some seconds more.
 * asked_step: the last question that left; one that found nobody waits for the next poll.
 */
export const answeredCommands = `
alter table commands add column answered_at_ms integer;
alter table commands add column answered_step integer;
alter table commands add column asked_step integer not null default 0;
`;
