// What a run measured, and how it is told.
import { cpus, totalmem } from "node:os";

export interface Spread {
  p50: number;
  p95: number;
  p99: number;
}

/** Of at least one figure. */
export const spreadOf = (figures: number[]): Spread => {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
};

export interface FleetFigures {
  stations: number;
  slots: number;
  perSecond: number;
  rentals: number;
  refusals: [why: string, count: number][];
  connect: { totalMs: number; each: Spread };
  /** Resident memory of the runtime before the first station and with all of them, bytes. */
  memory: { beforeBytes: number; connectedBytes: number; afterStormBytes: number };
  scanToEject: Spread;
  returnToSettled: Spread;
  /** Dials that were refused and made again. */
  redials: number;
  rowsPerRental: number;
  /** Of the runtime, from start to settled. */
  processorPerRentalMs: number;
  storm: {
    events: number;
    perStation: number;
    totalMs: number;
    connectEach: Spread;
    acknowledged: Spread;
    returns: number;
    settled: Spread;
    /** Of the runtime, reconnecting included. */
    processorPerEventMs: number;
  };
  breaks: string[];
}

const number = (value: number, digits = 0): string => value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
const spread = ({ p50, p95, p99 }: Spread): string => `${number(p50)} | ${number(p95)} | ${number(p99)}`;
const KIB = 1_024;

export const tell = (figures: FleetFigures): string[] => {
  const { stations, connect, memory, storm, rentals } = figures;
  const each = (bytes: number): string => number((bytes - memory.beforeBytes) / stations / KIB);
  return [
    `Measured by \`bun run fleet --stations ${stations} --slots ${figures.slots} --rate ${figures.perSecond}\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${number(totalmem() / KIB ** 3)} GiB, \`workerd serve\` on the bundled Worker, PostgreSQL 18 with fsync on; stations, renters, fronts and simulators on the same cores.`,
    "",
    "| ms | p50 | p95 | p99 |",
    "| --- | --- | --- | --- |",
    `| scan → eject command, at ${figures.perSecond} rentals/s | ${spread(figures.scanToEject)} |`,
    `| return → settled, at ${figures.perSecond} returns/s | ${spread(figures.returnToSettled)} |`,
    `| connect → welcome, one station after the other in 16 lanes | ${spread(connect.each)} |`,
    `| reconnect → welcome, in the storm | ${spread(storm.connectEach)} |`,
    `| reconnect → everything acknowledged, in the storm | ${spread(storm.acknowledged)} |`,
    `| reconnect → return settled, in the storm | ${spread(storm.settled)} |`,
    "",
    `- ${number(stations)} stations connected, greeted and told what they hold in ${number(connect.totalMs / 1_000, 1)} s.`,
    `- Storm: every station reconnected at once with ${number(storm.perStation, 1)} events of 20 minutes, ${number(storm.events)} in all, ${number(storm.returns)} returns among them; everything acknowledged after ${number(storm.totalMs / 1_000, 1)} s: ${number(storm.events / (storm.totalMs / 1_000))} events/s.`,
    `- Dials that were refused and made again, storm included: ${figures.redials}.`,
    `- Processor time of the runtime: ${number(figures.processorPerRentalMs, 1)} ms per rental, ${number(storm.processorPerEventMs, 2)} ms per event of the storm.`,
    `- Memory of the runtime: ${number(memory.beforeBytes / KIB ** 2)} MiB without stations, ${each(memory.connectedBytes)} KiB more for each station connected, ${each(memory.afterStormBytes)} KiB for each after the storm.`,
    `- Rows written in Postgres per rental, from start to settled: ${number(figures.rowsPerRental, 1)}, over ${number(rentals)} rentals.`,
    ...(figures.refusals.length > 0
      ? [`- Starts that were refused: ${figures.refusals.map(([why, count]) => `${count} × ${why}`).join(", ")}.`]
      : []),
    `- Breaks of invariants 2, 4, 5, 7, 9, 13 and of the books: ${figures.breaks.length}.`,
  ];
};
