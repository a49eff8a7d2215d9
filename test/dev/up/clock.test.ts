// The time of the local town.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTownClock, type TownClock } from "../../../dev/up/clock.ts";

const HOUR_MS = 3_600_000;

let folder: string;
let clocks: TownClock[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-clock-"));
  clocks = [];
});
afterEach(async () => {
  for (const clock of clocks) await clock.stop();
  await rm(folder, { recursive: true, force: true });
});
const open = async (): Promise<TownClock> => {
  const clock = await startTownClock(join(folder, "clock.json"));
  clocks.push(clock);
  return clock;
};
const told = async ({ url }: TownClock): Promise<unknown> => (await fetch(url)).json();

test("a new town has the time of this machine, and says so to the Worker", async () => {
  const clock = await open();
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
  expect(await told(clock)).toEqual({ aheadMs: 0 });
});

test("what it was put forward by outlives the stack", async () => {
  await (await open()).forward(3 * HOUR_MS);
  const clock = await open();
  expect(clock.aheadMs).toBe(3 * HOUR_MS);
  expect(await told(clock)).toEqual({ aheadMs: 3 * HOUR_MS });
});

test("whoever has to notice has noticed before it answers, and steps that are asked for at once follow each other", async () => {
  const clock = await open();
  const seen: [number, string][] = [];
  for (const who of ["worker", "stations"])
    clock.onMoved(async () => {
      const aheadMs = clock.aheadMs;
      await Promise.resolve();
      seen.push([aheadMs / HOUR_MS, who]);
    });
  await Promise.all([clock.forward(HOUR_MS), clock.forward(2 * HOUR_MS)]);
  expect(seen).toEqual([
    [1, "worker"],
    [1, "stations"],
    [3, "worker"],
    [3, "stations"],
  ]);
});

test("a step that somebody could not follow is told, and the next one goes on from there", async () => {
  const clock = await open();
  let isBroken = true;
  clock.onMoved(async () => {
    if (isBroken) throw new Error("the Worker is away");
  });
  expect(await clock.forward(HOUR_MS).catch(String)).toContain("away");
  isBroken = false;
  await clock.forward(HOUR_MS);
  expect(clock.aheadMs).toBe(2 * HOUR_MS);
});
