// `bun run bench ledger`: settlements per second and what the hot statements read, on a PostgreSQL of its own with everything
// durable. `--write` puts the table into docs/design/performance.md.
import { cpus } from "node:os";
import { resolve } from "node:path";
import type { Client } from "pg";
import { migrateDatabase } from "../migrate.ts";
import { writeFigures } from "../performance-document.ts";
import { startPostgres, withClient } from "../postgres.ts";
import { removePostgresData } from "../postgres-home.ts";
import { explainAsItGrows, growsUnexplained } from "./growth.ts";
import { findPgbench, type Run, runTpcB } from "./pgbench.ts";
import type { Plan } from "./plans.ts";
import { installHouses, measureSettlements, type Settlements } from "./settle.ts";
import { fillFrame } from "./world.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CLIENTS = [1, 16, 64];

export interface LedgerBenchOptions {
  /** Settlements per measurement. */
  settlements: number;
  /** Finished rentals in the tables when the statements are explained, ascending. */
  sizes: number[];
  write: boolean;
}

const number = (value: number, digits = 0): string => value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

const settlementTable = (runs: Settlements[], tpcB: Run | null): string[] => {
  const one = (clients: number) => runs.find((run) => run.clients === clients && run.houses === 1)!;
  const spread = (clients: number) => runs.find((run) => run.clients === clients && run.houses === 64)!;
  const rows = runs.map(
    (run) =>
      `| ${run.clients} | ${run.houses} | ${number(run.perSecond)} | ${number(run.p50Ms, 2)} | ${number(run.p95Ms, 2)} | ${number(run.p99Ms, 2)} | ${number(run.walBytes)} |`,
  );
  return [
    "| clients | houses | settlements/s | p50 ms | p95 ms | p99 ms | WAL bytes each |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    ...CLIENTS.map(
      (clients) =>
        `- One house against 64, ${clients} clients: ${(one(clients).perSecond / spread(clients).perSecond).toFixed(2)}`,
    ),
    tpcB
      ? `- pgbench TPC-B, 16 clients, same server, same run: ${number(tpcB.perSecond)} transactions/s; settlements/s against it: ${(one(16).perSecond / tpcB.perSecond).toFixed(2)}`
      : "- pgbench is not installed: without its TPC-B as a yardstick.",
  ];
};

const planTable = (sizes: number[], plans: Plan[][]): string[] => [
  `| statement | ${sizes.map((size) => `buffers at ${number(size)}`).join(" | ")} | sequential scans |`,
  `| --- | ${sizes.map(() => "---").join(" | ")} | --- |`,
  ...plans[0]!.map(
    ({ name }, i) =>
      `| ${name} | ${plans.map((at) => number(at[i]!.buffers)).join(" | ")} | ${[...new Set(plans.flatMap((at) => at[i]!.scans))].join(", ") || "none"} |`,
  ),
];

/** Settlements by 1, 16 and 64 clients, and the yardstick where it is installed, on one server that keeps what it says. */
const measureAll = async (
  dataFolder: string,
  settlements: number,
): Promise<{ runs: Settlements[]; tpcB: Run | null }> => {
  await removePostgresData(dataFolder);
  const postgres = await startPostgres({ dataFolder, log: () => {}, durable: true });
  const database = async (name: string): Promise<string> => {
    await withClient(postgres.url("superuser", "postgres"), (client) =>
      client.query(`create database ${name} owner chajipoa_owner`),
    );
    return postgres.url("owner", name);
  };
  try {
    await migrateDatabase(await database("bench"), {});
    const url = postgres.url("superuser", "bench");
    const runs = await withClient(url, (client) => measureHouses(url, client, settlements));
    const tpcB = findPgbench() ? await runTpcB(await database("tpcb"), 16, settlements) : null;
    if (!tpcB) console.log("pgbench is not installed: no yardstick in this run");
    return { runs, tpcB };
  } finally {
    await postgres.stop();
    await removePostgresData(dataFolder);
  }
};

const measureHouses = async (url: string, client: Client, count: number): Promise<Settlements[]> => {
  await fillFrame(client);
  await installHouses(client);
  // Not counted: the first round would write into new segments of the write-ahead log, all others into recycled ones.
  await measureSettlements(url, client, { clients: 16, houses: 1, count });
  const runs: Settlements[] = [];
  for (const clients of CLIENTS) {
    for (const houses of [1, 64] as const) {
      const run = await measureSettlements(url, client, { clients, houses, count });
      runs.push(run);
      console.log(
        `${clients} clients, ${houses} houses: ${number(run.perSecond)} settlements/s, p50 ${run.p50Ms.toFixed(2)} ms, p99 ${run.p99Ms.toFixed(2)} ms, ${number(run.walBytes)} bytes of WAL each`,
      );
    }
  }
  return runs;
};

/** Throws, after everything is printed, when a statement reads a growing table from end to end, or more and more of it. */
export const benchLedger = async ({ settlements, sizes, write }: LedgerBenchOptions): Promise<void> => {
  const folder = resolve(ROOT, ".local/bench-postgres");
  const { runs, tpcB } = await measureAll(resolve(folder, "settlements"), settlements);
  const plans = await explainAsItGrows(resolve(folder, "plans"), sizes);
  const text = [
    `Measured by \`bun run bench ledger\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), PostgreSQL 18 with fsync on, driver and server on the same cores, ${number(settlements)} settlements per row.`,
    "",
    ...settlementTable(runs, tpcB),
    "",
    ...planTable(sizes, plans),
  ];
  console.log(`\n${text.join("\n")}`);
  if (write) await writeFigures("bench ledger", text);
  judge(plans);
};

const judge = (plans: Plan[][]): void => {
  const scanned = plans.flat().filter(({ scans }) => scans.length > 0);
  if (scanned.length > 0)
    throw new Error(`read a growing table from end to end: ${scanned.map(({ name }) => name).join(", ")}`);
  const grown = growsUnexplained(plans);
  if (grown.length > 0) throw new Error(`read more and more as the tables grow: ${grown.join(", ")}`);
};
