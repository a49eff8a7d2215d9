// What must hold when everybody is home again. The hardware and the renters are the truth; Postgres is held against it.
import type { Pool } from "pg";
import { BOOK_BREAKS } from "../books/invariant.ts";
import { FEE_TZS, type Fleet } from "./founding.ts";
import type { Trip } from "./traffic.ts";

/** A line for each break, with the number of its invariant. */
export const findBreaks = async (pool: Pool, fleet: Fleet, trips: Trip[]): Promise<string[]> => [
  ...metalBreaks(fleet, trips),
  ...(await placeBreaks(pool, fleet)),
  ...(await billBreaks(pool, trips)),
  ...(await rowBreaks(pool)),
];

const metalBreaks = ({ stations, banks }: Fleet, trips: Trip[]): string[] => {
  const breaks: string[] = [];
  const commands = stations.flatMap(({ ejects }) => ejects);
  if (new Set(commands).size !== commands.length) breaks.push("4: a command was handed over twice");
  for (const station of stations) {
    const started = trips.filter(({ from }) => from === station).length;
    if (station.ejects.length !== started)
      breaks.push(`4: ${station.ejects.length} ejects for ${started} rentals at ${station.options.code}`);
  }
  const held = stations.flatMap(({ model }) => model.cabinet.banks().map(({ powerBankId }) => powerBankId));
  if (held.toSorted().join() !== banks.toSorted().join())
    breaks.push(`5: ${held.length} banks in the stations, and the fleet has ${banks.length}`);
  return breaks;
};

const placeBreaks = async (pool: Pool, { stations }: Fleet): Promise<string[]> => {
  const { rows } = await pool.query<{ id: string; place: string; station_id: string | null; slot: number | null }>(
    "select id, place, station_id, slot from power_banks",
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return stations.flatMap(({ model, options }) =>
    model.cabinet.banks().flatMap(({ powerBankId, slot }) => {
      const row = known.get(powerBankId);
      const isThere = row?.place === "slot" && row.station_id === options.stationId && row.slot === slot;
      return isThere
        ? []
        : [`5: ${powerBankId} is in ${options.code}/${slot} and is written down as ${JSON.stringify(row)}`];
    }),
  );
};

const billBreaks = async (pool: Pool, trips: Trip[]): Promise<string[]> => {
  const { rows } = await pool.query<{
    id: string;
    status: string;
    power_bank_id: string | null;
    total: number | null;
    ended_ms: number | null;
    closes: number;
    settled: number;
  }>(
    `select r.id, r.status, r.power_bank_id, r.total_tzs::int as total, extract(epoch from r.ended_at)::float8 * 1000 as ended_ms,
       (select count(*)::int from custody c where c.event_key = r.return_event_key and c.power_bank_id = r.power_bank_id) as closes,
       (select count(*)::int from journal_entries e where e.reference = 'rental:' || r.id || ':settle') as settled
     from rentals r`,
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  const breaks =
    rows.length === trips.length ? [] : [`4: ${rows.length} rentals for ${trips.length} banks that came out`];
  for (const trip of trips) {
    const row = known.get(trip.rentalId);
    const { storedAtMs } = trip;
    if (!row) breaks.push(`5: ${trip.rentalId} is not written down`);
    else if (row.status !== "completed") breaks.push(`13: ${row.id} is ${row.status}, and its bank is back`);
    else {
      if (row.power_bank_id !== trip.powerBankId) breaks.push(`5: ${row.id} was given another bank's return`);
      if (row.closes !== 1 || row.settled !== 1 || row.total !== FEE_TZS)
        breaks.push(`7: ${row.id} has ${row.closes} returns, ${row.settled} settlements and a price of ${row.total}`);
      if (storedAtMs === null || row.ended_ms === null || row.ended_ms > storedAtMs)
        breaks.push(`9: ${row.id} is billed until ${row.ended_ms}, and the server knew at ${storedAtMs}`);
    }
  }
  return breaks;
};

const rowBreaks = async (pool: Pool): Promise<string[]> => {
  const { rows } = await pool.query<{ break: string }>(
    `select '2: ' || a.power_bank_id || ' was in two rentals at once' as break from rentals a join rentals b
       on a.power_bank_id = b.power_bank_id and a.id < b.id and a.started_at < b.ended_at and b.started_at < a.ended_at
     union all select '2: ' || a.user_id || ' had two rentals at once' from rentals a join rentals b
       on a.user_id = b.user_id and a.id < b.id and a.opened_at < b.closed_at and b.opened_at < a.closed_at
     union all select '6: ' || code || ' still holds money' from accounts where kind = 'user_hold' and balance_tzs <> 0
     union all select '10: ' || count(*) || ' receipts without a number' from receipts where number is null having count(*) > 0
     union all select '10: receipts have a gap' from receipts having count(number) <> coalesce(max(number), 0)
     union all select '1: ' || break from (${BOOK_BREAKS}) b`,
  );
  return rows.map((row) => row.break);
};
