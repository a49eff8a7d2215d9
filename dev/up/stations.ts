// The stations of the local stack, those behind vendors included. Their metal outlives the stack: what is in which slot, and what people carry, is
// kept beside the database; without that file it is taken from the database.
import { join } from "node:path";
import type { Pool } from "pg";
import type { Clock } from "../../src/lib/clock.ts";
import type { Log } from "../process.ts";
import type { SeededStation } from "../seed.ts";
import type { SlotSeed } from "../simulators/station-cabinet.ts";
import { startStationSimulator, type StationSimulator } from "../simulators/station.ts";
import { startVendorCabinets, type VendorCabinets, type VendorCabinetsOptions } from "../simulators/vendor-cabinets.ts";

/** Of a bank about whose charge nobody knows anything. */
const SOME_CHARGE_PERCENT = 85;

export interface StationsOptions {
  workerUrl: string;
  stations: SeededStation[];
  pool: Pool;
  folder: string;
  clock: Clock;
  log: Log;
  /** Banks that people carry, whatever they came out of. */
  hands: Set<string>;
}

export const startStations = async ({
  workerUrl,
  stations,
  pool,
  folder,
  clock,
  log,
  hands,
  vendors,
}: StationsOptions & { vendors: VendorCabinets }): Promise<StationSimulator> => {
  const rows = await readBanks(pool);
  const simulator = await startStationSimulator({
    baseUrl: workerUrl,
    now: () => clock.now(),
    stateFile: join(folder, "stations.json"),
    pocket: rows.filter((row) => row.place === "rented" || row.place === "missing").map((row) => row.id),
    hands,
    stations: stations.flatMap((station) =>
      station.key === null
        ? []
        : {
            stationId: station.id,
            code: station.plan.code,
            keyId: station.key.kid,
            privateJwk: station.key,
            slots: slotsOf(station, rows),
          },
    ),
    log,
  });
  // Each of the two kept what it knew of the hands; what is in metal is in nobody's.
  const cabinets = [
    ...Object.values(simulator.stations).map(({ model }) => model.cabinet),
    ...Object.values(vendors.cabinets).map(({ metal }) => metal.cabinet),
  ];
  for (const { powerBankId } of cabinets.flatMap((cabinet) => cabinet.banks())) hands.delete(powerBankId);
  return simulator;
};

/** Cabinets of other vendors, switched off. */
export const startVendors = async ({
  stations,
  pool,
  folder,
  clock,
  log,
  hands,
  doors,
}: StationsOptions & { doors: VendorCabinetsOptions["doors"] }): Promise<VendorCabinets> => {
  const rows = await readBanks(pool);
  return startVendorCabinets({
    cabinets: stations.flatMap((station) =>
      station.plan.vendor ? { stationId: station.id, ...station.plan.vendor, slots: slotsOf(station, rows) } : [],
    ),
    doors,
    now: () => clock.now(),
    hands,
    stateFile: join(folder, "vendors.json"),
    log,
  });
};

const readBanks = async (pool: Pool): Promise<BankRow[]> =>
  (await pool.query<BankRow>(`select id, place, station_id as "stationId", slot from power_banks`)).rows;

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
  { cabinets }: VendorCabinets,
  pool: Pool,
  signal: AbortSignal,
  log: Log,
): Promise<void> => {
  const ids = [...Object.keys(stations), ...Object.keys(cabinets)];
  const untilMs = Date.now() + ONLINE_WITHIN_MS;
  while (!signal.aborted && Date.now() < untilMs) {
    const isConnected =
      Object.values(stations).every(({ link }) => link.isConnected) &&
      Object.values(cabinets).every((cabinet) => cabinet.isConnected());
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

/** After the time has moved: the database says again that every station that can be reached is online. */
export const waitUntilOnline = async (
  { stations }: StationSimulator,
  { cabinets }: VendorCabinets,
  pool: Pool,
): Promise<void> => {
  const ids = [
    ...Object.entries(stations).flatMap(([id, { link }]) => (link.isConnected ? id : [])),
    ...Object.entries(cabinets).flatMap(([id, cabinet]) => (cabinet.isConnected() ? id : [])),
  ];
  const untilMs = Date.now() + HEARD_WITHIN_MS;
  while (Date.now() < untilMs && (await countOnline(pool, ids)) < ids.length)
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
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
