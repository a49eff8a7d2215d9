// The three stations of the local stack. Their metal outlives the stack: what is in which slot, and what people carry, is
// kept beside the database; without that file it is taken from the database.
import { join } from "node:path";
import type { Pool } from "pg";
import type { Clock } from "../../src/lib/clock.ts";
import type { Log } from "../process.ts";
import type { SeededStation } from "../seed.ts";
import type { SlotSeed } from "../simulators/station-cabinet.ts";
import { startStationSimulator, type StationSimulator } from "../simulators/station.ts";

/** Of a bank about whose charge nobody knows anything. */
const SOME_CHARGE_PERCENT = 85;

export interface StationsOptions {
  workerUrl: string;
  stations: SeededStation[];
  pool: Pool;
  folder: string;
  clock: Clock;
  log: Log;
}

export const startStations = async ({
  workerUrl,
  stations,
  pool,
  folder,
  clock,
  log,
}: StationsOptions): Promise<StationSimulator> => {
  const { rows } = await pool.query<BankRow>(`select id, place, station_id as "stationId", slot from power_banks`);
  return startStationSimulator({
    baseUrl: workerUrl,
    now: () => clock.now(),
    stateFile: join(folder, "stations.json"),
    pocket: rows.filter((row) => row.place === "rented" || row.place === "missing").map((row) => row.id),
    stations: stations.map((station) => ({
      stationId: station.id,
      code: station.plan.code,
      keyId: station.key.kid,
      privateJwk: station.key,
      slots: slotsOf(station, rows),
    })),
    log,
  });
};

interface BankRow {
  id: string;
  place: string;
  stationId: string | null;
  slot: number | null;
}

const slotsOf = ({ id, plan }: SeededStation, banks: BankRow[]): SlotSeed[] => {
  const planned = new Map(plan.slots.map((slot) => [slot.powerBankId, slot]));
  return plan.slots.map(({ slot, fault }) => {
    const bank = banks.find((row) => row.stationId === id && row.slot === slot);
    const broken = fault === undefined ? {} : { fault };
    if (!bank) return { slot, ...broken };
    const { chargePercent = SOME_CHARGE_PERCENT, state } = planned.get(bank.id) ?? {};
    return { slot, ...broken, powerBankId: bank.id, chargePercent, ...(state === undefined ? {} : { state }) };
  });
};

const ONLINE_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 100;
const HEARD_WITHIN_MS = 5_000;

/** Returns once every station is connected and the database says so, too: from then on a bank can be rented. */
export const waitForStations = async (
  { stations }: StationSimulator,
  pool: Pool,
  signal: AbortSignal,
  log: Log,
): Promise<void> => {
  const ids = Object.keys(stations);
  const untilMs = Date.now() + ONLINE_WITHIN_MS;
  while (!signal.aborted && Date.now() < untilMs) {
    const isConnected = Object.values(stations).every(({ link }) => link.isConnected);
    if (isConnected && (await countOnline(pool, ids)) === ids.length) return;
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
  if (!signal.aborted) log("station", "not every station is online yet; renting there is refused until it is");
};

const countOnline = async (pool: Pool, ids: string[]): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>(
    "select count(*)::int as count from station_projections where is_online and station_id = any($1)",
    [ids],
  );
  return rows[0]?.count ?? 0;
};

/** Every station that is not offline says what is in it, and has been heard. */
export const reportAll = async ({ stations }: StationSimulator): Promise<void> => {
  const untilMs = Date.now() + HEARD_WITHIN_MS;
  const connected = Object.values(stations).filter(({ model, link }) => link.isConnected && !model.isOffline());
  for (const { model, link } of connected) {
    model.reportAll();
    link.nudge();
  }
  while (Date.now() < untilMs && connected.some(({ model, link }) => link.isConnected && model.unacknowledged > 0))
    await new Promise((done) => setTimeout(done, 20));
};
