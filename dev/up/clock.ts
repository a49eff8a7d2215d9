// The time of the local town: this machine's, and as much ahead of it as it was put forward. It never goes back, because the books do not;
// how far it is ahead outlives the stack, like what happened in that time.
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "../../src/lib/clock.ts";
import { HOST } from "../ports.ts";

const Kept = z.object({ aheadMs: z.int().min(0) });

export interface TownClock extends Clock {
  readonly aheadMs: number;
  /** Where the Worker asks for it. */
  readonly url: string;
  /** Puts it forward; answers once everybody has noticed. */
  forward(ms: number): Promise<void>;
  /** Told after each step, one after the other. */
  onMoved(tell: () => Promise<void>): void;
  stop(): Promise<void>;
}

export const startTownClock = async (file: string): Promise<TownClock> => {
  let { aheadMs } = await readKept(file);
  let moving: Promise<unknown> = Promise.resolve();
  const told: (() => Promise<void>)[] = [];
  const server = Bun.serve({ port: 0, hostname: HOST, fetch: () => Response.json({ aheadMs }) });
  const move = async (ms: number): Promise<void> => {
    aheadMs += ms;
    await writeFile(`${file}.new`, JSON.stringify({ aheadMs } satisfies z.infer<typeof Kept>));
    await rename(`${file}.new`, file);
    for (const tell of told) await tell();
  };
  return {
    now: () => Date.now() + aheadMs,
    get aheadMs() {
      return aheadMs;
    },
    url: `http://${HOST}:${server.port}/`,
    forward: (ms) => {
      const done = moving.then(() => move(ms));
      moving = done.catch(() => {});
      return done;
    },
    onMoved: (tell) => void told.push(tell),
    stop: () => server.stop(true),
  };
};

const readKept = async (file: string): Promise<z.infer<typeof Kept>> => {
  try {
    return Kept.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return { aheadMs: 0 };
  }
};
