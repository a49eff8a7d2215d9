// What a simulation stands on: Postgres with a migrated template, and for each run a database and a runtime of its own.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { type Databases, prepareDatabases } from "../databases.ts";
import { anyFreePort, HOST } from "../ports.ts";
import { forgetProcess, noteProcess } from "../orphans.ts";
import { type Postgres, startPostgres, withClient } from "../postgres.ts";
import { type Log, StackError, startProcess } from "../process.ts";
import { ROOT } from "../tool.ts";
import { MEMORY, OBJECTS, removeFolder, removeLeftovers } from "./leftovers.ts";

export interface Ground {
  folder: string;
  postgres: Postgres;
  databases: Databases;
  /** Holds `index.js`. */
  bundle: string;
  vars: Record<string, string>;
  compatibilityDate: string;
  log: Log;
  /** Ends with everything else when the ground is stopped. */
  runtimes: Set<{ stop(): Promise<void> }>;
  stop(): Promise<void>;
}

const FOLDER = join(ROOT, ".local/simulation");

/** Throws StackError, or what bundling throws. */
export const startGround = async (log: Log): Promise<Ground> => {
  await removeLeftovers(FOLDER);
  const folder = join(FOLDER, String(process.pid));
  await mkdir(folder, { recursive: true });
  const postgres = await startPostgres({ dataFolder: join(folder, "postgres"), log, durable: false });
  const databases = await prepareDatabases(postgres);
  // A plan that changes while nobody looks may change the order of rows that nothing orders.
  await withClient(postgres.url("superuser", "postgres"), async (client) => {
    await client.query("alter system set autovacuum = off");
    await client.query("select pg_reload_conf()");
  });
  const runtimes: Ground["runtimes"] = new Set();
  const bundle = await bundleSimulation(join(folder, "bundle"));
  const toml = Bun.TOML.parse(await readFile(resolve(ROOT, "wrangler.toml"), "utf8")) as {
    compatibility_date: string;
    vars: Record<string, string>;
  };
  return {
    folder,
    postgres,
    databases,
    bundle,
    vars: toml.vars,
    compatibilityDate: toml.compatibility_date,
    log,
    runtimes,
    async stop() {
      for (const runtime of runtimes) await runtime.stop();
      await databases.stop();
      await postgres.stop();
      await removeFolder(folder);
    },
  };
};

export interface ChangedModule {
  path: string;
  text: string;
}

/** Answers `outdir`, which then holds `index.js`. `changed` is read in the place of the module that has its path. */
export const bundleSimulation = async (outdir: string, changed?: ChangedModule): Promise<string> => {
  let wasRead = changed === undefined;
  const built = await Bun.build({
    plugins: [
      {
        name: "changed module",
        setup(build) {
          if (!changed) return;
          build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
            if (path !== changed.path) return { contents: await readFile(path, "utf8"), loader: "ts" };
            wasRead = true;
            return { contents: changed.text, loader: "ts" };
          });
        },
      },
    ],
    entrypoints: [join(import.meta.dirname, "worker/index.ts")],
    outdir,
    format: "esm",
    target: "browser",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:*", "node:*", "pg-native", ...NODE_MODULES],
    // The Postgres client is CommonJS and asks for Node's modules by `require`.
    banner: `import { createRequire as requireOf } from "node:module"; const require = requireOf("/");`,
  });
  if (!built.success)
    throw new StackError("part_failed", `simulation: ${built.logs.map(({ message }) => message).join("\n")}`);
  if (!wasRead) throw new StackError("part_failed", `simulation: nothing imports ${changed!.path}`);
  return outdir;
};

const NODE_MODULES = [
  "assert",
  "buffer",
  "crypto",
  "dns",
  "events",
  "fs",
  "net",
  "path",
  "stream",
  "string_decoder",
  "tls",
  "url",
  "util",
];

export interface Runtime {
  call(path: string, body: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** The simulation's Worker under workerd; its objects' storage lasts as long as it does. */
export const startRuntime = async (ground: Ground, name: string, bundle = ground.bundle): Promise<Runtime> => {
  const disk = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : ground.folder, `${OBJECTS}${process.pid}-${name}-`));
  const port = await anyFreePort();
  const configFile = join(ground.folder, `${name}.capnp`);
  await writeFile(configFile, configuration({ ...ground, bundle }, configFile, disk, port));
  let becomeReady = (): void => {};
  const ready = new Promise<"ready">((done) => (becomeReady = () => done("ready")));
  const running = await startProcess({
    part: "workerd",
    command: (createRequire(import.meta.url)("workerd") as { default: string }).default,
    args: ["serve", "--experimental", "--control-fd=1", configFile],
    log: ground.log,
    env: {},
    onLine: (line) => {
      if (!line.startsWith('{"event":"listen"')) return true;
      becomeReady();
      return false;
    },
  });
  const note = join(ground.folder, name);
  await noteProcess(note, running.pid);
  const outcome = await Promise.race([ready, running.exited]);
  if (outcome !== "ready")
    throw new StackError("part_failed", `simulation: the runtime ended (${outcome}) before it listened.`);
  const runtime: Runtime = {
    async call(path, body) {
      const response = await fetch(`http://${HOST}:${port}${path}`, {
        method: "POST",
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(300_000),
      });
      const text = await response.text();
      if (!response.ok) throw new StackError("part_failed", `simulation: ${text}`);
      return JSON.parse(text) as unknown;
    },
    async stop() {
      await running.stop("SIGKILL");
      await running.ended;
      await forgetProcess(note);
      await rm(disk, { recursive: true, force: true });
      ground.runtimes.delete(runtime);
    },
  };
  ground.runtimes.add(runtime);
  return runtime;
};

const configuration = (ground: Ground, configFile: string, disk: string, port: number): string => {
  const text = (value: string): string => JSON.stringify(value);
  const script = relative(join(configFile, ".."), join(resolve(ground.bundle), "index.js"));
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "objects", disk = (path = ${text(disk)}, writable = true)),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "${HOST}:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed ${text(script)})],
  compatibilityDate = ${text(ground.compatibilityDate)},
  bindings = [
    (name = "STATIONS", durableObjectNamespace = "StationObject"),
    (name = "SIMULATION", durableObjectNamespace = "Simulation"),
  ],
  durableObjectNamespaces = [
    (className = "StationObject", uniqueKey = "chajipoa-StationObject", enableSql = true, preventEviction = true),
    (className = "Simulation", uniqueKey = "chajipoa-Simulation", enableSql = true, preventEviction = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
);
`;
};
