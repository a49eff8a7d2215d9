// When the storm is over and everything had its time: nothing is left between two states, no bank lies in a slot while its
// rental runs, and the product's own check of its books finds nothing that only people have to decide about.
import { checkBooks } from "../../../src/books/service.ts";
import type { BreakKind } from "../../../src/books/breaks.ts";
import type { Dependencies } from "../../../src/deps.ts";
import type { SimulatedDatabase } from "./database.ts";
import type { Facts } from "./truth.ts";
import type { World } from "./world.ts";

/** Waits for a person, for a statement, or for a renter who keeps a bank. */
const forPeople: ReadonlySet<BreakKind> = new Set([
  "suspense_open",
  "withdrawal_unfinished",
  "withdrawal_contradicted",
  "hold_old",
]);

/** `lastAt`: the station where each bank was put in or left last, by truth; nobody hears of that when it is lost. */
export const proveEnd = (facts: Facts, world: World, lastAt: (bank: string) => string | null): string[] => {
  const lost = new Set<string>(world.stations.flatMap(({ id, isLost }) => (isLost ? [id] : [])));
  return prove(facts, world, (bank) => !lost.has(lastAt(bank) ?? ""));
};

const prove = (facts: Facts, world: World, isHeardOf: (bank: string) => boolean): string[] => [
  ...facts.pending.map(({ id, status }) => `13: ${id} is still ${status} when everything has settled`),
  ...(facts.failedCallbacks > 0 ? [`3: ${facts.failedCallbacks} callbacks were never applied`] : []),
  ...facts.rented
    .filter(({ bankId }) => !world.hands.includes(bankId) && isHeardOf(bankId))
    .map(({ bankId }) => `7: ${bankId} is in a slot, and its rental still runs`),
  ...facts.places.flatMap(({ bankId, place, stationId, slot }) => {
    const where = world.stations.find(({ model }) => model.cabinet.banks().some((bank) => bank.powerBankId === bankId));
    const isThere = where
      ? place === "slot" && stationId === where.id && where.model.cabinet.bankIn(slot!) === bankId
      : place !== "slot";
    return isThere || !isHeardOf(bankId)
      ? []
      : [`5: ${bankId} is ${where ? `in ${where.name}` : "in a hand"}, and the record says ${place}`];
  }),
];

/** Where a bank was told to have been, for whoever has to find out why. */
export const movementsOf = async (database: SimulatedDatabase, breaks: readonly string[]): Promise<string[]> => {
  const banks = breaks.flatMap((line) => [...line.matchAll(/CP-\d+/g)].map(([bank]) => bank));
  const rows = await database.query<{ line: string }>(
    `select concat_ws(' ', c.power_bank_id, c.direction, 'at', c.at, 'slot', c.slot, c.event_key, c.evidence, c.outcome, r.id, r.status, 'recorded', c.recorded_at) as line
     from custody c left join rentals r on r.id = c.rental_id where c.power_bank_id = any($1) order by c.power_bank_id, c.id`,
    [banks],
  );
  return rows.map(({ line }) => line);
};

/** By the product's own verb. */
export const proveBooks = async (deps: Dependencies): Promise<string[]> =>
  (await checkBooks(deps)).breaks
    .filter(({ kind }) => !forPeople.has(kind))
    .map(({ kind, subject, detail }) => `books: ${kind} ${subject} ${detail ?? ""}`);

const COUNTS = `
  select 'entry ' || kind as name, count(*)::int as n from journal_entries group by 1
  union all select 'rental ' || status || ' ' || reason, count(*)::int from rentals group by 1
  union all select 'payment ' || state, count(*)::int from payments group by 1
  union all select 'suspense ' || reason, count(*)::int from suspense_items group by 1
  union all select 'withdrawal ' || state, count(*)::int from withdrawals group by 1
  union all select 'callback ' || outcome, count(*)::int from payment_callbacks group by 1
  union all select 'message ' || state, count(*)::int from messages group by 1
  union all select 'receipt of ' || fiscal_year, count(*)::int from receipts group by 1
  order by 1`;

/** What a run came by, so that a reader sees what its silence is worth. */
export const countAll = async (database: SimulatedDatabase): Promise<Record<string, number>> =>
  Object.fromEntries((await database.query<{ name: string; n: number }>(COUNTS)).map(({ name, n }) => [name, n]));
