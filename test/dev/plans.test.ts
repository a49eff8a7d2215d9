// What `bench ledger` measures at a million rentals, at the size that a test has the time for: whoever drops an index, or writes a
// statement that needs one, hears of it here.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { activeTag, explainSizes, growsUnexplained } from "../../dev/bench/growth.ts";
import { explainHot, type Plan } from "../../dev/bench/plans.ts";
import { migrateDatabase } from "../../dev/migrate.ts";
import { type Postgres, startPostgres, withClient } from "../../dev/postgres.ts";

const SIZES = [1_000, 3_000];
const TAG = activeTag(1);

let folder = "";
let postgres: Postgres;
let client: Client;
let plans: Plan[][];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-plans-"));
  postgres = await startPostgres({ dataFolder: join(folder, "postgres"), log() {}, durable: false });
  await withClient(postgres.url("superuser", "postgres"), (admin) =>
    admin.query("create database plans owner chajipoa_owner"),
  );
  await migrateDatabase(postgres.url("owner", "plans"), { applicationPassword: "app" });
  client = new Client(postgres.url("superuser", "plans"));
  await client.connect();
  plans = await explainSizes(client, SIZES);
}, 60_000);
afterAll(async () => {
  await client.end();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const scansOf = (explained: Plan[]): string[] =>
  explained.flatMap(({ name, scans }) => scans.map((table) => `${name}: ${table}`));

test("no hot statement reads a growing table from end to end", () => {
  expect(plans).toHaveLength(SIZES.length);
  expect(plans.flatMap(scansOf)).toEqual([]);
});

test("no hot statement reads more in larger tables than their deeper indexes and its own rows account for", () => {
  expect(growsUnexplained(plans)).toEqual([]);
});

test("a bank's departure and return read no more of it after a thousand rentals", async () => {
  const pages = async () =>
    (await explainHot(client, TAG))
      .filter(({ name }) => ["rental_activate", "custody_return of a bank with a history"].includes(name))
      .map(({ buffers }) => buffers);
  const before = await pages();
  await client.query(
    `insert into custody (event_key, power_bank_id, station_id, slot, direction, boot_id, seq, evidence, at, outcome, recorded_at)
     select 'old:' || bank || direction || n, bank, 'stn_bench' || n % 1000, 1, direction, 'old' || n / 100, n, 'event',
       now() - interval '90 days' + n * interval '1 hour', case direction when 'out' then 'moved' else 'placed' end, now()
     from generate_series(1, 1000) n, unnest(array['pb_1', 'pb_2']) bank, unnest(array['out', 'in']) direction`,
  );
  await client.query("vacuum analyze custody");
  const after = await pages();
  expect(after).toHaveLength(2);
  for (const [i, count] of after.entries()) expect(count - before[i]!).toBeLessThan(40);
}, 60_000);

test("an index that is missing is noticed", async () => {
  await client.query("drop index payments_watched_idx, suspense_items_state_id_idx");
  expect(scansOf(await explainHot(client, TAG))).toEqual(expect.arrayContaining(["payments_watch: payments"]));
}, 30_000);
