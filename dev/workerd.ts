// The bundled Worker under workerd itself, as a process that can be killed and started again on the same disk: for crash
// proofs and for measurements, which the development server would spoil. What crosses: settings as bindings, its log.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { z } from "zod";
import { Config } from "../src/config.ts";
import { endOrphan, forgetProcess, noteProcess } from "./orphans.ts";
import { anyFreePort, HOST } from "./ports.ts";
import { type Log, type RunningProcess, StackError, startProcess } from "./process.ts";
import { ROOT, runTool } from "./tool.ts";

const PART = "workerd";
const READY_WITHIN_MS = 30_000;

export interface Bundle {
  /** Holds `index.js`. */
  folder: string;
  compatibilityDate: string;
  /** What wrangler.toml sets; settings of their own come over these. */
  vars: Record<string, string>;
}

/** Bundles the Worker as a deployment would, into `folder`. Throws StackError `part_failed` with what wrangler said. */
export const bundleWorker = async (folder: string): Promise<Bundle> => {
  const built = await runTool("wrangler", ["deploy", "--dry-run", "--minify", "--outdir", folder]);
  if (!built.isSuccess)
    throw new StackError("part_failed", `${PART}: the Worker could not be bundled:\n${built.output}`);
  const toml = Bun.TOML.parse(await readFile(resolve(ROOT, "wrangler.toml"), "utf8")) as {
    compatibility_date: string;
    vars: Record<string, string>;
  };
  return { folder, compatibilityDate: toml.compatibility_date, vars: toml.vars };
};

export interface WorkerdOptions {
  bundle: Bundle;
  /** Any free one when missing; it stays the same over restarts. */
  port?: number;
  /** The objects' storage and alarms; made when missing. */
  diskFolder: string;
  /** Every setting that wrangler.toml does not have, and those that differ. PUBLIC_BASE_URL is the Worker's own by default. */
  env: Record<string, string>;
  log: Log;
}

export interface Workerd {
  readonly url: string;
  readonly pid: number;
  /** SIGKILL: nothing is finished, nothing is said. */
  kill(): Promise<void>;
  /** SIGSTOP: what is sent to it now is never read before a kill. */
  freeze(): void;
  /** After a kill: the same disk, port and settings. Answers when it listens. */
  restart(): Promise<void>;
  /** The minute's round, to its end. */
  cron(): Promise<void>;
  stop(): Promise<void>;
}

/** Throws StackError: `part_failed` for settings that the Worker would refuse or a runtime that does not come up. */
export const startWorkerd = async (options: WorkerdOptions): Promise<Workerd> => {
  const { bundle, log } = options;
  const diskFolder = resolve(options.diskFolder);
  const port = options.port ?? (await anyFreePort());
  const cronPort = await anyFreePort();
  const url = `http://${HOST}:${port}`;
  const settings: Record<string, string> = { ...bundle.vars, PUBLIC_BASE_URL: url, ...options.env };
  const read = Config.safeParse(settings);
  if (!read.success)
    throw new StackError("part_failed", `${PART}: the settings will not do:\n${z.prettifyError(read.error)}`);
  await endOrphan(diskFolder);
  await mkdir(diskFolder, { recursive: true });
  const configFile = `${diskFolder}.capnp`;
  await writeFile(
    configFile,
    configuration({ bundle, configFile, diskFolder, port, cronPort, names: Object.keys(settings) }),
  );

  const launch = async (): Promise<RunningProcess> => {
    const sockets = new Set<string>();
    let becomeReady = (): void => {};
    const ready = new Promise<"ready">((done) => (becomeReady = () => done("ready")));
    const started = await startProcess({
      part: PART,
      command: runtimePath(),
      args: ["serve", "--experimental", "--control-fd=1", configFile],
      log,
      // Nothing of the shell reaches the Worker.
      env: settings,
      onLine: (line) => {
        const socket = listening(line);
        if (socket === null) return true;
        if (sockets.add(socket).size === 2) becomeReady();
        return false;
      },
    });
    await noteProcess(diskFolder, started.pid);
    const timer = setTimeout(() => void started.stop("SIGKILL"), READY_WITHIN_MS);
    const outcome = await Promise.race([ready, started.exited]);
    clearTimeout(timer);
    if (outcome !== "ready")
      throw new StackError("part_failed", `${PART}: the runtime ended (${outcome}) before it listened.`);
    return started;
  };

  let running: RunningProcess | null = await launch();
  const kill = async (): Promise<void> => {
    await running?.stop("SIGKILL");
    await running?.ended;
    running = null;
  };
  return {
    url,
    get pid() {
      if (!running) throw new Error("the runtime is not running");
      return running.pid;
    },
    kill,
    freeze() {
      if (running) process.kill(running.pid, "SIGSTOP");
    },
    async restart() {
      if (running) throw new Error("the runtime is running already");
      running = await launch();
    },
    async cron() {
      const response = await fetch(`http://${HOST}:${cronPort}/`, { method: "POST" });
      const outcome = await response.text();
      if (!response.ok || outcome !== "ok")
        throw new Error(`the minute's round ended with ${response.status} ${outcome}`);
    },
    async stop() {
      // It waits for open WebSockets when it is asked politely, and has nothing to lose.
      await kill();
      await forgetProcess(diskFolder);
    },
  };
};

/** The platform's binary itself: the package's command is a script that wants a Node of its own. */
const runtimePath = (): string => (createRequire(import.meta.url)("workerd") as { default: string }).default;

/** The name of a socket that workerd says it listens on; the Worker's own lines are not of this form. */
const listening = (line: string): string | null => {
  if (!line.startsWith('{"event":"listen"')) return null;
  const { socket } = JSON.parse(line) as { socket?: unknown };
  return typeof socket === "string" ? socket : null;
};

// workerd has no cron of its own; a second service hands the round to the Worker and answers with its outcome.
const CRON = `export default {
  async fetch(_request, env) {
    const { outcome } = await env.MAIN.scheduled({ cron: "* * * * *", scheduledTime: new Date() });
    return new Response(outcome);
  },
};`;

interface ConfigurationInput {
  bundle: Bundle;
  configFile: string;
  diskFolder: string;
  port: number;
  cronPort: number;
  /** Of the settings, each a binding. */
  names: string[];
}

const configuration = ({ bundle, configFile, diskFolder, port, cronPort, names }: ConfigurationInput): string => {
  const text = (value: string): string => JSON.stringify(value);
  const script = relative(join(configFile, ".."), join(resolve(bundle.folder), "index.js"));
  const bindings = names.map((name) => `(name = ${text(name)}, fromEnvironment = ${text(name)})`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "cron", worker = .cron),
    (name = "objects", disk = (path = ${text(diskFolder)}, writable = true)),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [
    (name = "http", address = "${HOST}:${port}", http = (), service = "main"),
    (name = "cron", address = "${HOST}:${cronPort}", http = (), service = "cron"),
  ],
);
const main :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed ${text(script)})],
  compatibilityDate = ${text(bundle.compatibilityDate)},
  bindings = [
    (name = "STATIONS", durableObjectNamespace = "StationObject"),
    (name = "FISCAL_DEVICES", durableObjectNamespace = "FiscalDevice"),
    ${bindings.join(",\n    ")},
  ],
  durableObjectNamespaces = [
    (className = "StationObject", uniqueKey = "chajipoa-StationObject", enableSql = true),
    (className = "FiscalDevice", uniqueKey = "chajipoa-FiscalDevice", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
);
const cron :Workerd.Worker = (
  modules = [(name = "cron.js", esModule = ${text(CRON)})],
  compatibilityDate = ${text(bundle.compatibilityDate)},
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "MAIN", service = "main")],
);
`;
};
