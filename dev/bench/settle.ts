// Settlements per second. Driven by pgbench where it is installed, so that the yardstick, its own TPC-B, runs under the same
// driver on the same server; else by clients of this process, without the yardstick.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Client } from "pg";
import { fillActive, settleInput } from "./world.ts";
import { createScratch, findPgbench, type Run, runPgbench } from "./pgbench.ts";

export const HOUSES = 64;
const REVENUE = ["revenue_rental", "revenue_late", "vat_output"];

export interface Settlements extends Run {
  clients: number;
  houses: number;
  /** Write-ahead log per settlement, bytes. */
  walBytes: number;
}

/** A copy of rental_settle whose house accounts are one of 64 sets, by the rental; what one set costs shows against it. */
export const installHouses = async (client: Client): Promise<void> => {
  for (const kind of REVENUE) {
    await client.query(
      `insert into accounts (code, kind, normal_side) select '${kind}:' || n, '${kind}', 'credit' from generate_series(0, ${HOUSES - 1}) n on conflict do nothing`,
    );
  }
  const source = await readFile(resolve(import.meta.dirname, "../../drizzle/functions/rental_settle.sql"), "utf8");
  const house = `':' || abs(hashtext(input ->> 'rentalId')) % ${HOUSES}`;
  const spread = source
    .replace("function rental_settle(", "function bench_settle_spread(")
    .replace("'vat_output']", `'vat_output' || ${house}]`)
    .replace(
      "'revenue_' || case line ->> 'kind' when 'base' then 'rental' else line ->> 'kind' end",
      `'revenue_' || case line ->> 'kind' when 'base' then 'rental' else line ->> 'kind' end || ${house}`,
    );
  if (spread.split(house).length !== 3)
    throw new Error("rental_settle changed: the bench no longer finds its house accounts");
  await client.query(spread);
  await client.query("create table if not exists bench_queue (id bigint primary key, input jsonb not null)");
  await client.query("create sequence if not exists bench_next");
  for (const [name, settle] of [
    ["bench_one", "rental_settle"],
    ["bench_spread", "bench_settle_spread"],
  ]) {
    await client.query(
      `create or replace function ${name}() returns text language plpgsql as $$
      declare v_input jsonb;
      begin
        select input into v_input from bench_queue where id = nextval('bench_next');
        return ${settle}(v_input) ->> 'status';
      end $$`.replace("where id = nextval('bench_next')", "where id = (select nextval('bench_next'))"),
    );
  }
};

const walBytes = async (client: Client): Promise<number> =>
  Number((await client.query<{ n: string }>("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as n")).rows[0]!.n);

let batches = 0;

/** Settles `count` fresh rentals with `clients` clients. Throws when one is not settled. */
export const measureSettlements = async (
  url: string,
  owner: Client,
  { clients, houses, count }: { clients: number; houses: 1 | 64; count: number },
): Promise<Settlements> => {
  const tag = `b${++batches}_`;
  await fillActive(owner, tag, count);
  await owner.query("truncate bench_queue");
  await owner.query("alter sequence bench_next restart");
  await owner.query(`insert into bench_queue (id, input) select n, ${settleInput} from generate_series(1, $2::int) n`, [
    tag,
    count,
  ]);
  await owner.query("vacuum analyze");
  await owner.query("checkpoint").catch(() => undefined);
  const before = await walBytes(owner);
  const call = `select ${houses === 1 ? "bench_one" : "bench_spread"}()`;
  const run = findPgbench() ? await byPgbench(url, call, clients, count) : await byClients(url, call, clients, count);
  const wal = (await walBytes(owner)) - before;
  const { rows } = await owner.query<{ n: string }>(
    "select count(*) as n from rentals where id like $1 and status = 'completed'",
    [`rnt_${tag}%`],
  );
  const settled = Math.floor(count / clients) * clients;
  if (Number(rows[0]!.n) !== settled) throw new Error(`${rows[0]!.n} of ${settled} rentals were settled`);
  return { ...run, clients, houses, walBytes: Math.round(wal / settled) };
};

const byPgbench = async (url: string, call: string, clients: number, count: number): Promise<Run> => {
  const scratch = await createScratch();
  const script = join(scratch, "settle.sql");
  await Bun.write(script, `${call};\n`);
  return runPgbench(
    url,
    ["-n", "-f", script, "-M", "prepared", "-c", String(clients), "-j", "1", "-t", String(Math.floor(count / clients))],
    scratch,
  );
};

const byClients = async (url: string, call: string, clients: number, count: number): Promise<Run> => {
  const pool = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new Client(url);
      await client.connect();
      return client;
    }),
  );
  const latencies: number[] = [];
  const startedAt = performance.now();
  await Promise.all(
    pool.map(async (client) => {
      for (let i = 0; i < Math.floor(count / clients); i++) {
        const at = performance.now();
        await client.query({ name: "settle", text: call });
        latencies.push(performance.now() - at);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  await Promise.all(pool.map((client) => client.end()));
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]!;
  return { perSecond: latencies.length / seconds, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
};
