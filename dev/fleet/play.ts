// One run of the fleet: connect, rent and return at a rate, and the storm in which everybody comes back at once with 20 minutes
// of events; measured from outside, and held against what the hardware knows.
import { readFile } from "node:fs/promises";
import type { Pool } from "pg";
import type { Town } from "../crash/town.ts";
import { findBreaks } from "./checks.ts";
import { type FleetFigures, type Spread, spreadOf } from "./figures.ts";
import { configureFleet, foundFleet, type Fleet } from "./founding.ts";
import { Traffic, type Trip } from "./traffic.ts";

export interface FleetOptions {
  stations: number;
  slots: number;
  /** Rentals started in a second, and as many returns. */
  perSecond: number;
  seconds: number;
  holdMs: number;
  say(line: string): void;
}

const TICK_MS = 500;
/** What a station says in 20 minutes without a connection: a slot each minute, and now and then all of them. */
const MINUTES = 20;
const STUCK_AFTER_MS = 60_000;

export const playFleet = async (town: Town, options: FleetOptions): Promise<FleetFigures> => {
  const { pool, workerd } = town;
  const { say, perSecond, seconds, holdMs } = options;
  const kept = Math.ceil(options.stations / 2);
  const renters = Math.ceil(perSecond * (seconds + 1)) + kept;
  const fleet = await foundFleet(town, { stations: options.stations, slots: options.slots, renters });
  await configureFleet(town);
  const beforeBytes = await residentBytes(workerd.pid);
  say(`${options.stations} stations are registered`);
  const ticking = setInterval(() => {
    const nowMs = Date.now();
    for (const station of fleet.stations) station.tick(nowMs);
  }, TICK_MS);
  try {
    const connect = await connectAll(fleet);
    const connectedBytes = await residentBytes(workerd.pid);
    say(`connected in ${(connect.totalMs / 1_000).toFixed(1)} s`);
    await banksKnown(pool, fleet);

    const rowsBefore = await rowsWritten(pool);
    const beforeTrafficMs = await processorMs(workerd.pid);
    const traffic = new Traffic(fleet, workerd.url);
    await traffic.run({ perSecond, seconds, holdMs });
    const rented = [...traffic.trips];
    await settled(pool, rented.length);
    const processorPerRentalMs = ((await processorMs(workerd.pid)) - beforeTrafficMs) / rented.length;
    const rowsPerRental = ((await rowsWritten(pool)) - rowsBefore) / rented.length;
    const returnToSettled = await settleTimes(pool, rented, (trip) => trip.insertedAtMs!);
    say(`${rented.length} rentals started and settled`);

    const open = await traffic.takeOut(kept, perSecond);
    const beforeStormMs = await processorMs(workerd.pid);
    const storm = await playStorm(fleet, traffic, open);
    await settled(pool, rented.length + open.length);
    const processorPerEventMs = ((await processorMs(workerd.pid)) - beforeStormMs) / storm.events;
    say(`storm: ${storm.events} events acknowledged in ${(storm.totalMs / 1_000).toFixed(1)} s`);
    const afterStormBytes = await residentBytes(workerd.pid);
    // The minute's round finds nothing to mend.
    await workerd.cron();
    const losses = fleet.stations.reduce((sum, station) => sum + station.losses, 0);
    const breaks = await findBreaks(pool, fleet, traffic.trips);
    return {
      stations: options.stations,
      slots: options.slots,
      perSecond,
      rentals: rented.length,
      refusals: [...traffic.refusals],
      connect,
      memory: { beforeBytes, connectedBytes, afterStormBytes },
      scanToEject: spreadOf(rented.map(({ ejectMs }) => ejectMs)),
      returnToSettled,
      redials: fleet.stations.reduce((sum, station) => sum + station.redials, 0),
      rowsPerRental,
      processorPerRentalMs,
      storm: {
        ...storm,
        perStation: storm.events / options.stations,
        returns: open.length,
        processorPerEventMs,
        settled: await settleTimes(pool, open, () => storm.startedAtMs),
      },
      breaks: losses > 0 ? [...breaks, `${losses} connections broke by themselves`] : breaks,
    };
  } finally {
    clearInterval(ticking);
    for (const station of fleet.stations) station.drop();
  }
};

/** As many at a time as are switched on in a minute, not in a second: each tells of every bank in it for the first time. */
const LANES = 16;

const connectAll = async ({ stations }: Fleet): Promise<{ totalMs: number; each: Spread }> => {
  const waiting = [...stations];
  const each: number[] = [];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const dial = await next.prepare();
        each.push(await dial());
        await next.quiet();
      }
    }),
  );
  return { totalMs: performance.now() - startedMs, each: spreadOf(each) };
};

const playStorm = async (fleet: Fleet, traffic: Traffic, open: Trip[]) => {
  const { stations } = fleet;
  for (const station of stations) station.drop();
  const waiting = [...open];
  for (let minute = 1; minute <= MINUTES; minute++) {
    for (const [n, { model }] of stations.entries()) {
      model.cabinet.charge(1);
      const [bank] = model.cabinet.banks();
      if (bank && minute % 10 !== 0) model.reportSlot(bank.slot);
      else model.reportAll();
      // Renters bring their banks to whatever station has room, while nobody hears of it.
      if (minute === 1 + (n % MINUTES) && model.cabinet.freeSlot() !== null) {
        const trip = waiting.shift();
        if (trip) await traffic.giveBack(trip, stations[n]!);
      }
    }
    await Bun.sleep(TICK_MS / 10);
  }
  for (const trip of waiting) {
    const station = stations.find(({ model }) => model.cabinet.freeSlot() !== null);
    if (station) await traffic.giveBack(trip, station);
  }
  // Some say everything twice.
  for (const station of stations.filter((_, n) => n % 10 === 0)) station.model.arm({ kind: "duplicate_events" });
  const events = stations.reduce((sum, { model }) => sum + model.unacknowledged, 0);
  const dials = await Promise.all(stations.map((station) => station.prepare()));
  const startedAtMs = Date.now();
  const startedMs = performance.now();
  const back = await Promise.all(
    dials.map(async (dial, n) => {
      const welcomeMs = await dial();
      await stations[n]!.quiet();
      return { welcomeMs, acknowledgedMs: performance.now() - startedMs };
    }),
  );
  for (const { model } of stations) model.faults.disarm("duplicate_events");
  return {
    events,
    startedAtMs,
    totalMs: Math.max(...back.map(({ acknowledgedMs }) => acknowledgedMs)),
    connectEach: spreadOf(back.map(({ welcomeMs }) => welcomeMs)),
    acknowledged: spreadOf(back.map(({ acknowledgedMs }) => acknowledgedMs)),
  };
};

/** Every bank's place has arrived: what the stations hold is told bank by bank. */
const banksKnown = (pool: Pool, { banks }: Fleet): Promise<void> =>
  reach(pool, banks.length, "select count(*)::int as n from power_banks where place = 'slot'");

const settled = (pool: Pool, count: number): Promise<void> =>
  reach(pool, count, "select count(*)::int as n from rentals where status = 'completed'");

/** Throws when for a minute nothing comes nearer to the goal. */
const reach = async (pool: Pool, goal: number, query: string): Promise<void> => {
  let best = -1;
  let untilMs = 0;
  for (;;) {
    const { rows } = await pool.query<{ n: number }>(query);
    const { n } = rows[0]!;
    if (n >= goal) return;
    if (n > best) [best, untilMs] = [n, Date.now() + STUCK_AFTER_MS];
    if (Date.now() > untilMs) throw new Error(`${n} of ${goal}, and no more come: ${query}`);
    await Bun.sleep(100);
  }
};

/** By the server's own record of when each settlement was committed. */
const settleTimes = async (pool: Pool, trips: Trip[], from: (trip: Trip) => number): Promise<Spread> => {
  const { rows } = await pool.query<{ id: string; ms: number }>(
    "select id, extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as ms from rentals where status = 'completed'",
  );
  const committed = new Map(rows.map(({ id, ms }) => [id, ms]));
  return spreadOf(trips.map((trip) => committed.get(trip.rentalId)! - from(trip)));
};

/** Inserted, updated and deleted so far, in tables of the application. Backends report within a second. */
const rowsWritten = async (pool: Pool): Promise<number> => {
  await Bun.sleep(1_500);
  const { rows } = await pool.query<{ n: number }>(
    "select sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 as n from pg_stat_user_tables where schemaname = 'public'",
  );
  return rows[0]!.n;
};

/** Processor time of the runtime so far, ms; NaN where the system does not tell. */
const processorMs = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Ticks of 10 ms, in user and system mode.
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const residentBytes = async (pid: number): Promise<number> => {
  const kib = await new Response(Bun.spawn(["ps", "-o", "rss=", "-p", String(pid)]).stdout).text();
  return Number(kib.trim()) * 1_024;
};
