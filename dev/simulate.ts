// `bun run simulate [--seed N] [--steps M]`: the Worker, its objects and Postgres in a town that the seed makes, with every
// fault it can think of; the invariants of the design hold after every step, or the run ends with what is broken.
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startGround } from "./simulation/ground.ts";
import { playSeed } from "./simulation/play.ts";
import { type Log, StackError } from "./process.ts";

const said: string[] = [];
const log: Log = (part, line) => {
  if (process.env["CHAJIPOA_STACK_LOG"] === "on") console.error(`${part.padEnd(9)} ${line}`);
  else if (said.push(`${part.padEnd(9)} ${line}`) > 100) said.shift();
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      steps: { type: "string", default: "2500" },
      trace: { type: "string" },
    },
  });
  const [seed, steps] = [Number(values.seed), Number(values.steps)];
  const ground = await startGround(log);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void ground.stop().finally(() => process.exit(130)));
  }
  try {
    const startedMs = performance.now();
    const report = await playSeed(ground, {
      seed,
      steps,
      ...(values.trace === undefined
        ? {}
        : { onTrace: (lines: string[]) => appendFileSync(values.trace!, `${lines.join("\n")}\n`) }),
    });
    const seconds = (performance.now() - startedMs) / 1_000;
    for (const line of report.tail) console.log(line);
    for (const line of report.breaks) console.log(`BREAK ${line}`);
    for (const [name, count] of Object.entries(report.counts)) console.log(`${String(count).padStart(6)}  ${name}`);
    console.log(
      `seed ${seed}: ${report.steps} steps, ${report.events} events, ${Math.round(report.steps / seconds)} steps/s, digest ${report.digest}`,
    );
    return report.breaks.length > 0 ? 1 : 0;
  } finally {
    await ground.stop();
  }
};

if (import.meta.main) {
  try {
    process.exit(await main());
  } catch (error) {
    for (const line of said.slice(-20)) console.error(line);
    console.error(error instanceof StackError ? error.message : error);
    process.exit(1);
  }
}
