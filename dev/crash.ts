// `bun dev/crash.ts [part of a title]`: the Worker's runtime is killed at each step of a start and of a return, started
// again on the same disk and database, and everything has to end right. One line per case, and a tally as the last line.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Case, cases } from "./crash/cases.ts";
import { play } from "./crash/play.ts";
import { type Ground, startGround, startTown, type Town } from "./crash/town.ts";
import { endOrphan } from "./orphans.ts";
import { removePostgresData } from "./postgres-home.ts";
import { isAlive, type Log, StackError } from "./process.ts";
import { ROOT } from "./tool.ts";

/** Cases mostly wait for each other's parties; more lanes than this only queue for the processor. */
const LANES = 3;
const LINES_KEPT = 400;

/** `CHAJIPOA_STACK_LOG=on` shows everything; without it the last lines of a case that failed are shown. */
const isTalkative = process.env["CHAJIPOA_STACK_LOG"] === "on";
const said: { lane: string; line: string }[] = [];
const log: Log = (part, line) => {
  const [, lane = ""] = /-(\d+)$/.exec(part) ?? [];
  if (isTalkative) console.error(`${part.padEnd(12)} ${line}`);
  said.push({ lane, line: `${part.padEnd(12)} ${line}` });
  if (said.length > LINES_KEPT) said.shift();
};

const FOLDER = join(ROOT, ".local/crash");
const folder = join(FOLDER, String(process.pid));
const stops: (() => Promise<unknown> | void)[] = [];
const started = <T extends { stop(): Promise<unknown> | void }>(part: T): T => {
  stops.push(() => part.stop());
  return part;
};
const removeFolder = async (path: string): Promise<void> => {
  await removePostgresData(join(path, "postgres"));
  await rm(path, { recursive: true, force: true });
};
let stopping: Promise<void> | null = null;
const stopAll = (): Promise<void> =>
  (stopping ??= (async () => {
    for (const end of stops.splice(0).toReversed()) {
      await Promise.resolve(end()).catch((error: unknown) => log("crash", String(error)));
    }
    await removeFolder(folder);
  })());

/** Folders of runs that were killed; their name is the id of the process that made them. */
const removeLeftovers = async (): Promise<void> => {
  for (const name of await readdir(FOLDER).catch(() => [])) {
    if (isAlive(Number(name))) continue;
    const lanes = Array.from({ length: LANES }, (_, index) => `lane-${index + 1}/objects`);
    for (const part of ["postgres", "redis", ...lanes]) await endOrphan(join(FOLDER, name, part));
    await removeFolder(join(FOLDER, name));
  }
};

const tally = { passed: 0, failed: 0 };
const interrupted = new AbortController();

const playAll = async (town: Town, lane: number, waiting: Case[]): Promise<void> => {
  for (let next = waiting.shift(); next && !interrupted.signal.aborted; next = waiting.shift()) {
    const startedMs = Date.now();
    try {
      await play(town, next);
      tally.passed++;
      console.log(`ok    ${next.title} -> ${next.end} (${Date.now() - startedMs} ms)`);
    } catch (error) {
      if (interrupted.signal.aborted) return;
      tally.failed++;
      console.log(`FAIL  ${next.title}: ${error instanceof Error ? error.message : String(error)}`);
      if (!isTalkative)
        for (const { line } of said.filter((entry) => entry.lane === String(lane)).slice(-40))
          console.log(`      ${line}`);
      // What the next case needs is a Worker that runs.
      await town.workerd.kill();
      await town.workerd.restart();
    }
  }
};

const main = async (): Promise<number> => {
  const interrupt = (): void => {
    // The second time somebody is impatient; the next run clears up.
    if (interrupted.signal.aborted) process.exit(1);
    interrupted.abort();
    void stopAll();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  const wanted = process.argv[2];
  const waiting = cases.filter(({ title }) => wanted === undefined || title.includes(wanted));
  try {
    await removeLeftovers();
    const ground: Ground = await startGround(folder, log, started);
    const towns: Town[] = [];
    // One after the other: each looks for free ports.
    for (let lane = 1; lane <= Math.min(LANES, waiting.length); lane++)
      towns.push(await startTown(ground, lane, started));
    await Promise.all(towns.map((town, index) => playAll(town, index + 1, waiting)));
  } catch (error) {
    tally.failed++;
    console.log(error instanceof StackError ? error.message : error);
  } finally {
    await stopAll();
  }
  if (tally.passed + tally.failed === 0 || interrupted.signal.aborted) tally.failed ||= 1;
  console.log(`crash: ${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed > 0 ? 1 : 0;
};

process.exit(await main());
