// What `bench ledger` measures at a million rentals, at the size that a test has the time for: whoever drops an index, or writes a
// statement that needs one, hears of it here.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { explainHot } from "../../dev/bench/plans.ts";
import { fillActive, fillFrame, fillHistory, fillWaiting } from "../../dev/bench/world.ts";
import { fillFleet, fillLife } from "../../dev/bench/world-fleet.ts";
import { fillMoney, fillUnanswered } from "../../dev/bench/world-money.ts";
import { migrateDatabase } from "../../dev/migrate.ts";
import { type Postgres, startPostgres, withClient } from "../../dev/postgres.ts";

const RENTALS = 1_000;

let folder = "";
let postgres: Postgres;
let client: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-plans-"));
  postgres = await startPostgres({ dataFolder: join(folder, "postgres"), log() {}, durable: false });
  await withClient(postgres.url("superuser", "postgres"), (admin) =>
    admin.query("create database plans owner chajipoa_owner"),
  );
  await migrateDatabase(postgres.url("owner", "plans"), { applicationPassword: "app" });
  client = new Client(postgres.url("superuser", "plans"));
  await client.connect();
  await fillFrame(client);
  await fillHistory(client, "h", RENTALS);
  await fillMoney(client, "h", RENTALS);
  await fillFleet(client, "h", RENTALS);
  await fillUnanswered(client, "h", 20);
  await fillActive(client, "a", 10);
  await fillWaiting(client, "a");
  await fillLife(client, "a");
  await client.query("vacuum analyze");
}, 60_000);
afterAll(async () => {
  await client.end();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const scans = async (): Promise<string[]> =>
  (await explainHot(client, "a")).flatMap(({ name, scans: tables }) => tables.map((table) => `${name}: ${table}`));

test("no hot statement reads a growing table from end to end", async () => {
  expect(await scans()).toEqual([]);
}, 30_000);

test("a bank's departure and return read no more of it after a thousand rentals", async () => {
  const pages = async () =>
    (await explainHot(client, "a"))
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
  expect(await scans()).toEqual(expect.arrayContaining(["payments_watch: payments"]));
}, 30_000);
