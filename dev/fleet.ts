// `bun run fleet [--stations 1000] [--slots 8] [--rate 20] [--seconds 60] [--hold 5] [--write]`: as many stations on the bundled Worker
// under workerd, with figures of what they and their renters wait for. Ends with 1 when an invariant is broken.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startGround, startTown } from "./crash/town.ts";
import { tell } from "./fleet/figures.ts";
import { type FleetOptions, playFleet } from "./fleet/play.ts";
import { removePostgresData } from "./postgres-home.ts";
import { writeFigures } from "./performance-document.ts";
import { type Log, StackError } from "./process.ts";
import { ROOT } from "./tool.ts";

const LINES_KEPT = 60;

/** A fleet on a ground of its own, which is gone afterwards. `isMeasured`: Postgres writes through to the disk. */
export const runFleet = async (options: FleetOptions, { isMeasured }: { isMeasured: boolean }) => {
  const folder = join(ROOT, ".local/fleet", String(process.pid));
  const said: string[] = [];
  const log: Log = (part, line) => {
    if (process.env["CHAJIPOA_STACK_LOG"] === "on") console.error(`${part.padEnd(12)} ${line}`);
    // The Worker's own lines are many; what matters of them are the alerts.
    if (line.includes('"level":"info"') || line.includes('"event":"delivery_failed"')) return;
    said.push(`${part.padEnd(12)} ${line}`);
    if (said.length > LINES_KEPT) said.shift();
  };
  const stops: (() => Promise<unknown> | void)[] = [];
  const started = <T extends { stop(): Promise<unknown> | void }>(part: T): T => {
    stops.push(() => part.stop());
    return part;
  };
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await Promise.resolve(end()).catch(() => {});
    await removePostgresData(join(folder, "postgres"));
    await rm(folder, { recursive: true, force: true });
  };
  const interrupt = (): void => void stop().finally(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, interrupt);
  try {
    const server = { durable: isMeasured, settings: { track_commit_timestamp: "on" } };
    const ground = await startGround(folder, log, started, server);
    const town = await startTown(ground, 1, started);
    return await playFleet(town, options);
  } catch (error) {
    for (const line of said) console.error(line);
    throw error;
  } finally {
    await stop();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeListener(signal, interrupt);
  }
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      stations: { type: "string", default: "1000" },
      slots: { type: "string", default: "8" },
      rate: { type: "string", default: "20" },
      seconds: { type: "string", default: "60" },
      hold: { type: "string", default: "5" },
      write: { type: "boolean", default: false },
    },
  });
  const figures = await runFleet(
    {
      stations: Number(values.stations),
      slots: Number(values.slots),
      perSecond: Number(values.rate),
      seconds: Number(values.seconds),
      holdMs: Number(values.hold) * 1_000,
      say: (line) => console.log(line),
    },
    { isMeasured: true },
  );
  const lines = tell(figures);
  console.log(`\n${lines.join("\n")}`);
  for (const line of figures.breaks.slice(0, 50)) console.log(`BREAK ${line}`);
  if (values.write) await writeFigures("fleet", lines);
  return figures.breaks.length > 0 ? 1 : 0;
};

if (import.meta.main) {
  try {
    process.exit(await main());
  } catch (error) {
    console.error(error instanceof StackError ? error.message : error);
    process.exit(1);
  }
}
