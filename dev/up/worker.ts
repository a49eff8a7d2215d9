// The Worker under wrangler's development server: reloads when a file changes, keeps its objects on disk.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { settingNames } from "../local-env.ts";
import { endOrphan, forgetProcess, noteProcess } from "../orphans.ts";
import { HOST } from "../ports.ts";
import { type Log, type RunningProcess, StackError, startProcess } from "../process.ts";
import { ROOT } from "../tool.ts";
import { readWorkerLine, type WorkerLine } from "./worker-log.ts";

const PART = "worker";
const READY_WITHIN_MS = 60_000;
/** Of the five seconds that the whole stack may take to end. */
const STOP_WITHIN_MS = 2_500;
const CRON_EVERY_MS = 60_000;
/** See dev/clocked-worker/index.ts. */
const CLOCK_MOVED = "/dev/clock-moved";

export interface WorkerOptions {
  port: number;
  /** Objects and their alarms. */
  dataFolder: string;
  envFile: string;
  /** Where the Worker asks how late it is. */
  clockUrl: string;
  log: Log;
  signal: AbortSignal;
  /** Each wide line that the Worker writes. */
  onLine(line: WorkerLine): void;
  onLost(reason: string): void;
}

export interface Worker {
  readonly url: string;
  stop(): Promise<void>;
}

/** Ready when it listens. Throws StackError `part_failed` with what wrangler said. */
export const startWorker = async (options: WorkerOptions): Promise<Worker> => {
  const { port, dataFolder, log, signal } = options;
  const url = `http://${HOST}:${port}`;
  if (existsSync(resolve(ROOT, ".dev.vars")))
    throw new StackError(
      "part_failed",
      "worker: the file .dev.vars would take the place of the stack's own settings. Move it away.",
    );
  await mkdir(dataFolder, { recursive: true });
  await endOrphan(dataFolder);
  const said: string[] = [];
  let becomeReady = (): void => {};
  const ready = new Promise<"ready">((done) => (becomeReady = () => done("ready")));
  let isStarting = true;
  const running = await spawnWrangler(options, (line) => {
    if (isStarting) said.push(line);
    if (/Ready on http/.test(line)) becomeReady();
    return handleLine(line, options);
  });
  await noteProcess(dataFolder, running.pid);
  let isStopping = false;
  const stop = async (): Promise<void> => {
    isStopping = true;
    await running.stop("SIGINT", STOP_WITHIN_MS);
    await forgetProcess(dataFolder);
  };
  try {
    const outcome = await Promise.race([ready, running.exited, aborted(signal), timeout(READY_WITHIN_MS)]);
    if (outcome !== "ready") {
      throw new StackError(
        "part_failed",
        `worker: wrangler did not start (${outcome}):\n${said.slice(-30).join("\n")}`,
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  isStarting = false;
  void running.exited.then((code) =>
    isStopping ? undefined : options.onLost(`worker: wrangler ended by itself (${code}).`),
  );
  log(PART, `listens on ${url}, with hot reload`);
  return { url, stop };
};

const spawnWrangler = (
  { port, dataFolder, envFile, clockUrl, log }: WorkerOptions,
  onLine: (line: string) => boolean,
): Promise<RunningProcess> => {
  const bin = resolve(ROOT, "node_modules/.bin");
  const args = [
    "--no-warnings",
    resolve(ROOT, "node_modules/wrangler/wrangler-dist/cli.js"),
    "dev",
    // The product with the town's clock; its objects have the names that wrangler.toml gives them.
    "dev/clocked-worker/index.ts",
    "--ip",
    HOST,
    "--port",
    String(port),
  ];
  args.push(
    "--inspector-port",
    "0",
    "--persist-to",
    dataFolder,
    "--env-file",
    envFile,
    "--var",
    `CLOCK_URL:${clockUrl}`,
    "--show-interactive-dev-session=false",
  );
  // wrangler fills missing secrets from its environment: a DATABASE_URL of the shell is the owner's, not the Worker's.
  const inherited = Object.entries(process.env).filter(([name]) => !settingNames.includes(name));
  const env = {
    ...Object.fromEntries(inherited),
    PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(dataFolder, "..", "wrangler-logs"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
  };
  return startProcess({ part: PART, command: join(bin, "node"), args, log, env, cwd: ROOT, onLine });
};

/** Answers whether the line goes to the log as it is. */
const handleLine = (line: string, { log, onLine }: WorkerOptions): boolean => {
  const read = readWorkerLine(line);
  if (read === "noise") return false;
  if (read === null) return true;
  onLine(read);
  if (!read.isRoutine) log(PART, read.text);
  return false;
};

const aborted = (signal: AbortSignal): Promise<"interrupted"> =>
  new Promise((done) => {
    if (signal.aborted) done("interrupted");
    signal.addEventListener("abort", () => done("interrupted"), { once: true });
  });

const timeout = (ms: number): Promise<string> =>
  new Promise((done) => setTimeout(() => done(`nothing within ${ms / 1_000} s`), ms).unref());

/** The Worker asks the clock again. */
export const tellTimeMoved = async ({ url }: Worker): Promise<void> => {
  const response = await fetch(`${url}${CLOCK_MOVED}`, { method: "POST" });
  if (!response.ok) throw new Error(`the Worker did not take the new time: ${response.status}`);
};

/** What the platform does each minute; the development server leaves it to others. Runs once at once. */
export const startCron = async (worker: Worker, log: Log): Promise<{ run(): Promise<void>; stop(): void }> => {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    try {
      const response = await fetch(`${worker.url}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent("* * * * *")}`, {
        signal: stopping.signal,
      });
      if (!response.ok) log("cron", `the minute's round was answered with ${response.status}`);
    } catch (error) {
      // A reload in this moment cuts it off; the next minute is soon.
      if (!stopping.signal.aborted)
        log("cron", `the minute's round did not run: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  await run();
  const timer = setInterval(() => void run(), CRON_EVERY_MS);
  return {
    run,
    stop() {
      clearInterval(timer);
      stopping.abort();
    },
  };
};
