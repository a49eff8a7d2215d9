import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anyFreePort, HOST } from "../../dev/ports.ts";
import { removePostgresData } from "../../dev/postgres-home.ts";
import { type Postgres, type PostgresOptions, startPostgres, withClient } from "../../dev/postgres.ts";
import { isAlive, type StackError } from "../../dev/process.ts";

const log = (): void => {};
const isRoot = process.getuid?.() === 0;
const hasNobody = isRoot && Bun.which("setpriv") !== null;
let folder = "";
const running: Postgres[] = [];

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "chajipoa-postgres-"))));
// Stopping twice is fine: this is for tests that fail in between.
afterEach(async () => void (await Promise.all(running.splice(0).map((postgres) => postgres.stop()))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const failureOf = (work: Promise<unknown>): Promise<StackError> =>
  work.then(
    () => Promise.reject(new Error("did not fail")),
    (error: StackError) => error,
  );
const ask = async (url: string, query: string): Promise<unknown[]> =>
  withClient(url, async (client) => (await client.query(query)).rows);

const start = async (options: PostgresOptions): Promise<Postgres> => {
  const postgres = await startPostgres(options);
  running.push(postgres);
  return postgres;
};

test("data outlives a stop, the folder may be private, and the owner is no superuser", async () => {
  const home = join(folder, "private");
  await mkdir(home, { mode: 0o700 });
  const options = { dataFolder: join(home, "postgres"), log, durable: false };
  const first = await start(options);
  await ask(first.url("superuser", "postgres"), "create database kept owner chajipoa_owner");
  await ask(first.url("owner", "kept"), "create table t as select 1 as n");
  expect(await ask(first.url("owner", "kept"), "select rolsuper from pg_roles where rolname = current_user")).toEqual([
    { rolsuper: false },
  ]);
  await first.stop();
  const second = await start(options);
  expect(await ask(second.url("owner", "kept"), "select n from t")).toEqual([{ n: 1 }]);
  await second.stop();
  expect((await readdir(home)).toSorted()).toEqual(["postgres"]);
}, 30_000);

test("a second start in the same folder and one on a taken port are sentences", async () => {
  const options = { dataFolder: join(folder, "guarded"), log, durable: false };
  const first = await start(options);
  const locked = await failureOf(start(options));
  expect(locked.code).toBe("data_folder_locked");
  expect(locked.message).toContain(String(process.pid));
  const taken = await failureOf(start({ ...options, dataFolder: join(folder, "other"), port: first.port }));
  expect(taken.code).toBe("port_taken");
  expect(taken.message).toContain(String(first.port));
  await first.stop();
}, 30_000);

test("a server whose stack was killed is ended by the next start, and nothing committed is lost", async () => {
  const dataFolder = join(folder, "orphaned");
  const script = `
    const { startPostgres, withClient } = await import("./dev/postgres.ts");
    const postgres = await startPostgres({ dataFolder: ${JSON.stringify(dataFolder)}, log() {} });
    await withClient(postgres.url("owner", "postgres"), (client) => client.query("create table if not exists t as select 1"))
      .catch(() => {});
    console.log(postgres.port);
    await new Promise(() => {});`;
  const stack = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
  const { value } = await stack.stdout.getReader().read();
  const orphanPort = Number(new TextDecoder().decode(value));
  const url = `postgresql://postgres:postgres@${HOST}:${orphanPort}/postgres`;
  await ask(url, "create table committed as select 7 as n");
  stack.kill("SIGKILL");
  await stack.exited;
  expect(await ask(url, "select n from committed")).toEqual([{ n: 7 }]);
  const next = await start({ dataFolder, log });
  expect(await ask(next.url("superuser", "postgres"), "select n from committed")).toEqual([{ n: 7 }]);
  expect((await failureOf(ask(url, "select 1"))).code).toBe("database_unreachable");
  await next.stop();
}, 30_000);

test("a first start that was cut off does not spoil the next", async () => {
  const dataFolder = join(folder, "cut");
  await mkdir(join(`${dataFolder}.new`, "base"), { recursive: true });
  const postgres = await start({ dataFolder, log, durable: false });
  expect(await ask(postgres.url("superuser", "postgres"), "select 1 as n")).toEqual([{ n: 1 }]);
  await postgres.stop();
}, 30_000);

test("an address without a server is a sentence that names DATABASE_URL and no password", async () => {
  const error = await failureOf(ask(`postgresql://someone:secret@${HOST}:${await anyFreePort()}/db`, "select 1"));
  expect(error.code).toBe("database_unreachable");
  expect(error.message).toContain("DATABASE_URL");
  expect(error.message).not.toContain("secret");
});

test.if(hasNobody)(
  "where root may not have a user namespace, the server runs as nobody from a private clone",
  async () => {
    const home = join(folder, "closed");
    await mkdir(home, { mode: 0o700 });
    await chmod(home, 0o700);
    const dataFolder = join(home, "postgres");
    const postgres = await start({ dataFolder, log, durable: false, asRoot: "nobody" });
    expect(await ask(postgres.url("superuser", "postgres"), "select 1 as n")).toEqual([{ n: 1 }]);
    await postgres.stop();
    await removePostgresData(dataFolder);
  },
  60_000,
);

test("stopping leaves no process", async () => {
  const postgres = await start({ dataFolder: join(folder, "ended"), log, durable: false });
  const [row] = (await ask(
    postgres.url("superuser", "postgres"),
    "select pg_backend_pid() as pid, pg_read_file('postmaster.pid', 0, 10) as head",
  )) as { head: string }[];
  const pid = Number(row!.head.split("\n")[0]);
  expect(isAlive(pid)).toBe(true);
  await postgres.stop();
  expect(isAlive(pid)).toBe(false);
}, 30_000);
