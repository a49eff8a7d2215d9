// What the fleet says of a bank, wherever it was out: `ejects` is then its cycles of all stations. is_held: nobody is given it.
export const heldBanks = `
alter table banks add column is_held integer not null default 0;
`;
