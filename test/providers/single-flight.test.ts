import { expect, test } from "vitest";
import { singleFlight, within } from "../../src/providers/single-flight.ts";

test("callers at the same time share one run, the next one has its own", async () => {
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  const run = singleFlight(async () => {
    runs += 1;
    await gate.promise;
    return runs;
  }, 1_000);
  const shared = Promise.all([run(), run(), run()]);
  gate.resolve();
  expect(await shared).toEqual([1, 1, 1]);
  expect(await run()).toBe(2);
});

test("a follower of a run that never ends leads itself when its patience is over", async () => {
  let runs = 0;
  const run = singleFlight(() => {
    runs += 1;
    return runs === 1 ? new Promise<number>(() => undefined) : Promise.resolve(runs);
  }, 10);
  void run();
  expect(await run()).toBe(2);
  expect(await run()).toBe(3);
});

test("a follower is as patient with the next leader as with the first, and no more", async () => {
  let runs = 0;
  const run = singleFlight(() => {
    runs += 1;
    return runs <= 2 ? new Promise<number>(() => undefined) : Promise.resolve(runs);
  }, 10);
  void run();
  expect(await Promise.race([run(), run()])).toBe(3);
});

test("a run that fails is not kept", async () => {
  let runs = 0;
  const run = singleFlight(async () => {
    runs += 1;
    if (runs === 1) throw new Error("first");
    return runs;
  }, 1_000);
  await expect(run()).rejects.toThrow("first");
  expect(await run()).toBe(2);
});

test("what takes too long is null", async () => {
  expect(await within(new Promise<number>(() => undefined), 1)).toBeNull();
  expect(await within(Promise.resolve(7), 1_000)).toBe(7);
});
