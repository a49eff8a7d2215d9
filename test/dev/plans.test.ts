// What `bench ledger` measures at a million rentals, at the size that a test has the time for: whoever drops an index, or writes a
// statement that needs one, hears of it here.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { explainHot } from "../../dev/bench/plans.ts";
import { fillActive, fillFrame, fillHistory, fillWaiting } from "../../dev/bench/world.ts";
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
  await fillUnanswered(client, "h", 20);
  await fillActive(client, "a", 10);
  await fillWaiting(client, "a");
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

test("an index that is missing is noticed", async () => {
  await client.query("drop index payments_watched_idx, suspense_items_state_id_idx");
  expect(await scans()).toEqual(expect.arrayContaining(["payments_watch: payments"]));
}, 30_000);
