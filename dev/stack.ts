// The stack below the tests, as a child process of vitest: Postgres with a migrated template, the fronts, the control
// server. It prints one JSON line with its ports and ends when its standard input does.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { startControl } from "./control.ts";
import { prepareDatabases } from "./databases.ts";
import { startNeonFront } from "./neon-front.ts";
import { endOrphan } from "./orphans.ts";
import { removePostgresData } from "./postgres-home.ts";
import { startPostgres } from "./postgres.ts";
import { isAlive, type Log, StackError } from "./process.ts";
import { startRedis } from "./redis-server.ts";
import { createSimulators } from "./simulators.ts";
import { startUpstashFront } from "./upstash-front.ts";

const FOLDER = resolve(import.meta.dirname, "../.local/test");

/** The ports of a running test stack; test/support/global-setup.ts hands them to the tests under these names. */
export interface TestStackPorts {
  controlPort: number;
  neonPort: number;
  /** The front over a real Redis where there is one, else over the embedded one. */
  redisPort: number;
  redisKind: "server" | "embedded";
  /** A second front, always over the embedded Redis. */
  embeddedRedisPort: number;
}

export interface TestStack {
  ports: TestStackPorts;
  stop(): Promise<void>;
}

/** Throws StackError; what was started before the failure is stopped. */
export const startTestStack = async (log: Log): Promise<TestStack> => {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end().catch((error: unknown) => log("stack", String(error)));
  };
  const started = <T extends { stop(): Promise<unknown> }>(part: T): T => {
    stops.push(() => part.stop());
    return part;
  };
  try {
    await removeLeftovers();
    const folder = join(FOLDER, String(process.pid));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    stops.push(() => removeFolder(folder));
    const [postgres, redis, embedded] = await Promise.all([
      startPostgres({ dataFolder: join(folder, "postgres"), log, durable: false }).then(started),
      startRedis({ dataFolder: join(folder, "redis"), log, durable: false }).then(started),
      startRedis({ log, kind: "embedded" }).then(started),
    ]);
    const databases = started(await prepareDatabases(postgres));
    const neon = started(await startNeonFront({ postgres, log }));
    const upstash = started(await startUpstashFront({ redis, log, tokens: {} }));
    const embeddedUpstash = started(await startUpstashFront({ redis: embedded, log, tokens: {} }));
    const simulators = started(createSimulators(log));
    let tokens = 0;
    const createToken = (): string => {
      const token = `token-${++tokens}`;
      for (const front of [upstash, embeddedUpstash]) front.addToken(token, tokens);
      return token;
    };
    const boards = { neon: neon.faults, redis: upstash.faults, "redis-embedded": embeddedUpstash.faults };
    const control = started(await startControl({ databases, simulators, boards, createToken }));
    const redisKind = redis.kind === "embedded" ? "embedded" : "server";
    const ports = {
      controlPort: control.port,
      neonPort: neon.port,
      redisPort: upstash.port,
      redisKind,
      embeddedRedisPort: embeddedUpstash.port,
    } as const;
    return { ports, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Folders of runs that were killed; their name is the id of the process that made them. */
const removeLeftovers = async (): Promise<void> => {
  const names = await readdir(FOLDER).catch(() => []);
  for (const name of names) {
    if (isAlive(Number(name))) continue;
    for (const part of ["postgres", "redis"]) await endOrphan(join(FOLDER, name, part));
    await removeFolder(join(FOLDER, name));
  }
};

const removeFolder = async (folder: string): Promise<void> => {
  await removePostgresData(join(folder, "postgres"));
  await rm(folder, { recursive: true, force: true });
};

const endOfInput = async (): Promise<void> => {
  for await (const _ of process.stdin);
};

if (import.meta.main) {
  // Ctrl-C reaches this process too; the end of the input is what counts, because then no test needs the stack any more.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  const isTalkative = process.env["CHAJIPOA_STACK_LOG"] === "on";
  const said: string[] = [];
  const log: Log = (part, line) => {
    const text = `${part.padEnd(9)} ${line}`;
    if (isTalkative) console.error(text);
    else if (said.push(text) > 100) said.shift();
  };
  const inputEnded = endOfInput();
  try {
    const stack = await startTestStack(log);
    console.log(JSON.stringify(stack.ports));
    await inputEnded;
    await stack.stop();
    process.exit(0);
  } catch (error) {
    for (const line of said) console.error(line);
    console.error(error instanceof StackError ? error.message : error);
    process.exit(1);
  }
}
