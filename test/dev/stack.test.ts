import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { TestStackPorts } from "../../dev/stack.ts";
import { isFree } from "../../dev/ports.ts";
import { isAlive } from "../../dev/process.ts";

const FOLDER = resolve(import.meta.dirname, "../../.local/test");
const started: { pid: number; kill(signal: NodeJS.Signals): void }[] = [];
afterAll(() => {
  for (const stack of started) if (isAlive(stack.pid)) stack.kill("SIGKILL");
});

const start = async () => {
  const child = Bun.spawn([process.execPath, "dev/stack.ts"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    detached: true,
  });
  started.push(child);
  const { value } = await child.stdout.getReader().read();
  return { child, ports: JSON.parse(new TextDecoder().decode(value)) as TestStackPorts };
};

const control = async <T>(
  ports: TestStackPorts,
  method: string,
  path: string,
  body?: unknown,
): Promise<[number, T]> => {
  const response = await fetch(`http://127.0.0.1:${ports.controlPort}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return [response.status, (await response.json()) as T];
};

interface Created {
  name: string;
  redisToken: string;
}

/** The process ids of the servers a stack has started, from their notes. */
const partsOf = async (pid: number): Promise<number[]> => {
  const notes = (await readdir(`${FOLDER}/${pid}`)).filter((file) => file.endsWith(".pids"));
  return Promise.all(
    notes.map(
      async (file) => ((await Bun.file(`${FOLDER}/${pid}/${file}`).json()) as { part: { pid: number } }).part.pid,
    ),
  );
};

test("databases are separate, SQL runs in the role asked for, and the end of the input ends everything", async () => {
  const { child, ports } = await start();
  const [[, one], [, two]] = await Promise.all([
    control<Created>(ports, "POST", "/databases"),
    control<Created>(ports, "GET", "/databases"),
  ]);
  expect(one.name).not.toBe(two.name);
  expect(one.redisToken).not.toBe(two.redisToken);

  const run = (database: string, query: string, role?: string) =>
    control<{ rows: unknown[]; code: string }>(ports, "POST", "/sql", { database, query, ...(role ? { role } : {}) });
  await run(one.name, "create table t (n int check (n > 0)); insert into t values (1)");
  expect(await run(one.name, "select n from t")).toMatchObject([200, { rows: [{ n: 1 }] }]);
  expect(await run(two.name, "select n from t")).toMatchObject([422, { code: "42P01" }]);
  expect(await run(one.name, "insert into t values (0)")).toMatchObject([
    422,
    { code: "23514", constraint: "t_n_check" },
  ]);
  expect(await run(one.name, "insert into t values (2)", "app")).toMatchObject([422, { code: "42501" }]);
  expect(await run(one.name, "select session_user::text as who", "superuser")).toMatchObject([
    200,
    { rows: [{ who: "postgres" }] },
  ]);

  expect((await control(ports, "POST", `/fronts/neon/${one.name}/faults`, { unknown: 1 }))[0]).toBe(400);
  expect((await control(ports, "POST", "/simulators/nobody", {}))[0]).toBe(500);
  expect((await control(ports, "POST", "/nowhere"))[0]).toBe(404);

  const parts = await partsOf(child.pid);
  expect(parts.every(isAlive)).toBe(true);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.kill(child.pid, signal);
  expect((await control(ports, "POST", "/databases"))[0]).toBe(201);
  await child.stdin.end();
  expect(await child.exited).toBe(0);
  expect(parts.filter(isAlive)).toEqual([]);
  expect(existsSync(`${FOLDER}/${child.pid}`)).toBe(false);
  for (const port of [ports.controlPort, ports.neonPort, ports.redisPort, ports.embeddedRedisPort])
    expect(await isFree(port)).toBe(true);
}, 30_000);

test("what a killed stack left is ended and removed by the next one", async () => {
  const killed = await start();
  const parts = await partsOf(killed.child.pid);
  expect(parts.length).toBeGreaterThan(0);
  killed.child.kill("SIGKILL");
  await killed.child.exited;
  expect(parts.every(isAlive)).toBe(true);
  const next = await start();
  expect(parts.filter(isAlive)).toEqual([]);
  expect(existsSync(`${FOLDER}/${killed.child.pid}`)).toBe(false);
  await next.child.stdin.end();
  expect(await next.child.exited).toBe(0);
}, 30_000);

test("an input that ends during the start leaves nothing either", async () => {
  const child = Bun.spawn([process.execPath, "dev/stack.ts"], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  started.push(child);
  expect(await child.exited).toBe(0);
  expect(existsSync(`${FOLDER}/${child.pid}`)).toBe(false);
}, 30_000);
