// `bun dev/simulations.ts [part of a title]`: the fixed seeds, the planted bugs that must be found, and the proof that a seed
// repeats itself. One line each and a tally as the last line. A seed that once failed stays in dev/simulation/seeds.json.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Ground, startGround } from "./simulation/ground.ts";
import { type Mutation, mutations, plantOf } from "./simulation/mutations.ts";
import { playSeed, type Report } from "./simulation/play.ts";
import { type Log, StackError } from "./process.ts";

/** Postgres, the runtime and this process take turns in each lane; more lanes only queue for the processor. */
const LANES = 2;
const REPEATED = { seed: 77, steps: 300 };

interface Case {
  title: string;
  /** Answers what is wrong, line by line. */
  play(ground: Ground): Promise<{ wrong: string[]; note: string }>;
}

const Seeds = z.array(z.strictObject({ seed: z.int(), steps: z.int().positive() }));

const noteOf = ({ steps, events, digest }: Report): string =>
  `${steps} steps, ${events} events, ${digest.slice(0, 16)}`;

const seedCase = (seed: number, steps: number): Case => ({
  title: `seed ${seed} keeps every invariant for ${steps} steps`,
  async play(ground) {
    const report = await playSeed(ground, { seed, steps });
    return {
      wrong: report.breaks.length === 0 ? [] : [...report.tail.slice(-60), ...report.breaks],
      note: noteOf(report),
    };
  },
});

const mutationCase = (mutation: Mutation): Case => ({
  title: `finds: ${mutation.title}`,
  async play(ground) {
    const { seed, steps, invariant } = mutation;
    const report = await playSeed(ground, { seed, steps, ...(await plantOf(mutation)) });
    const isFound = report.breaks.some((line) => line.startsWith(`${invariant}: `));
    const wrong = isFound ? [] : [`invariant ${invariant} was not found broken`, ...report.breaks];
    return { wrong, note: `${noteOf(report)}: ${report.breaks[0] ?? "nothing"}` };
  },
});

const repeatCase: Case = {
  title: "the same seed is the same run, byte for byte",
  async play(ground) {
    const first = await playSeed(ground, REPEATED);
    const second = await playSeed(ground, REPEATED);
    return {
      wrong: first.digest === second.digest ? [] : [`${first.digest} and then ${second.digest}`],
      note: noteOf(second),
    };
  },
};

const said: string[] = [];
const log: Log = (part, line) => {
  if (process.env["CHAJIPOA_STACK_LOG"] === "on") console.error(`${part.padEnd(9)} ${line}`);
  else if (said.push(`${part.padEnd(9)} ${line}`) > 100) said.shift();
};

const tally = { passed: 0, failed: 0 };
const interruption = new AbortController();

const playAll = async (ground: Ground, waiting: Case[]): Promise<void> => {
  for (let next = waiting.shift(); next && !interruption.signal.aborted; next = waiting.shift()) {
    const startedMs = performance.now();
    try {
      const { wrong, note } = await next.play(ground);
      if (wrong.length > 0) throw new Error(wrong.join("\n      "));
      tally.passed++;
      console.log(`ok    ${next.title} (${note}, ${Math.round(performance.now() - startedMs)} ms)`);
    } catch (error) {
      if (interruption.signal.aborted) return;
      tally.failed++;
      console.log(`FAIL  ${next.title}:\n      ${error instanceof Error ? error.message : String(error)}`);
    }
  }
};

const main = async (): Promise<number> => {
  const seeds = Seeds.parse(JSON.parse(await readFile(join(import.meta.dirname, "simulation/seeds.json"), "utf8")));
  const cases = [...seeds.map(({ seed, steps }) => seedCase(seed, steps)), repeatCase, ...mutations.map(mutationCase)];
  const wanted = process.argv[2];
  const waiting = cases.filter(({ title }) => wanted === undefined || title.includes(wanted));
  let ground: Ground | null = null;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      interruption.abort();
      // What is being asked is cut off with the runtime that it is asked of.
      for (const runtime of ground?.runtimes ?? []) void runtime.stop();
    });
  }
  try {
    ground = await startGround(log);
    await Promise.all(Array.from({ length: LANES }, () => playAll(ground!, waiting)));
  } catch (error) {
    tally.failed++;
    for (const line of said.slice(-20)) console.log(line);
    console.log(error instanceof StackError ? error.message : error);
  } finally {
    await ground?.stop();
  }
  if (tally.passed + tally.failed === 0 || interruption.signal.aborted) tally.failed ||= 1;
  console.log(`simulations: ${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed > 0 ? 1 : 0;
};

process.exit(await main());
