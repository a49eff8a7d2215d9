// What the hot statements read at each size of the tables. On a server of its own that need not survive a crash: pages read do
// not depend on it, and a million rentals leave some thirty million rows.
import type { Client } from "pg";
import { migrateDatabase } from "../migrate.ts";
import { startPostgres, withClient } from "../postgres.ts";
import { removePostgresData } from "../postgres-home.ts";
import { explainHot, type Plan } from "./plans.ts";
import { fillActive, fillFrame, fillHistory, fillWaiting } from "./world.ts";
import { fillFleet, fillLife } from "./world-fleet.ts";
import { fillMoney, fillUnanswered } from "./world-money.ts";

/** For filling: few checkpoints, no wait for the disk, and nobody who vacuums at times of his own. */
const SETTINGS = {
  max_wal_size: "16GB",
  checkpoint_timeout: "1h",
  wal_level: "minimal",
  max_wal_senders: "0",
  autovacuum: "off",
};
/** Added in one round; a statement of a million rows would sort on disk. */
const ROUND = 100_000;

/** Of the active rentals that the statements of a size are about. */
export const activeTag = (round: number): string => `a${round}_`;

const UNBALANCED = `select e.reference from journal_entries e left join postings p on p.entry_id = e.id
  group by e.id having count(p.amount_tzs) < 2 or sum(p.amount_tzs) <> 0 limit 1`;

/** Per statement, beside its rows: the planner goes to both ends of an index, and a table that is written has a map of its free space. */
const PAGES_BESIDE = 10;

/**
 * Statements that read more in a larger database than its deeper indexes, the rows found and the pages beside them account for:
 * they pass over rows that they do not want. `plans` by size, ascending.
 */
export const growsUnexplained = (plans: Plan[][]): string[] => {
  const [first, last] = [plans[0] ?? [], plans.at(-1) ?? []];
  return last
    .filter((large, i) => {
      const small = first[i]!;
      const deeper = large.descents - small.descents;
      return large.buffers - small.buffers > deeper + large.rows + large.statements * PAGES_BESIDE;
    })
    .map(({ name }) => name);
};

const fill = async (client: Client, tag: string, count: number): Promise<void> => {
  await fillHistory(client, tag, count);
  await fillMoney(client, tag, count);
  await fillFleet(client, tag, count);
};

/**
 * The first size passes every constraint and trigger, as production's rows do. What comes after it is made by the same statements
 * without the checks, which would take most of the time, and proved in one go.
 */
const grow = async (client: Client, round: number, missing: number): Promise<void> => {
  if (round === 0) {
    await fill(client, "h", missing);
    await fillUnanswered(client, "h", 20);
    return;
  }
  await client.query("set session_replication_role = replica");
  for (let made = 0; made < missing; made += ROUND) {
    await fill(client, `g${round}_${made / ROUND}_`, Math.min(ROUND, missing - made));
    await client.query("analyze");
  }
  await client.query("set session_replication_role = origin");
  const { rows } = await client.query<{ reference: string }>(UNBALANCED);
  if (rows[0])
    throw new Error(`the rows made for the bench are not sound: entry ${rows[0].reference} does not balance`);
};

/** Plans per size, in the order of `sizes`, which ascend. */
export const explainAsItGrows = async (dataFolder: string, sizes: number[]): Promise<Plan[][]> => {
  await removePostgresData(dataFolder);
  const postgres = await startPostgres({ dataFolder, log: () => {}, durable: false, settings: SETTINGS });
  try {
    await withClient(postgres.url("superuser", "postgres"), (admin) =>
      admin.query("create database plans owner chajipoa_owner"),
    );
    await migrateDatabase(postgres.url("owner", "plans"), {});
    return await withClient(postgres.url("superuser", "plans"), (client) => explainSizes(client, sizes));
  } finally {
    await postgres.stop();
    await removePostgresData(dataFolder);
  }
};

/** The same in a migrated database, as its superuser. */
export const explainSizes = async (client: Client, sizes: number[]): Promise<Plan[][]> => {
  await fillFrame(client);
  const plans: Plan[][] = [];
  for (const [round, size] of sizes.entries()) {
    const startedAt = performance.now();
    await grow(client, round, size - (sizes[round - 1] ?? 0));
    const tag = activeTag(round);
    await fillActive(client, tag, 10);
    await fillWaiting(client, tag);
    await fillLife(client, tag);
    await client.query("vacuum analyze");
    const filledAt = performance.now();
    plans.push(await explainHot(client, tag));
    console.log(`${size} rentals: filled in ${((filledAt - startedAt) / 1_000).toFixed(0)} s`);
  }
  return plans;
};
