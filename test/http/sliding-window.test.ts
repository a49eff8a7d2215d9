import { describe, expect, it } from "vitest";
import { takeFromWindow } from "../../src/http/sliding-window.ts";
import { redis as front } from "../support/control.ts";
import { connectEmbeddedRedis, connectRedis } from "./harness.ts";

const START = Date.parse("2026-11-20T00:00:00Z");
const policy = { quota: 10, windowSeconds: 100 };
let keys = 0;

describe.each([
  ["the configured Redis", connectRedis],
  ["the embedded Redis", connectEmbeddedRedis],
])("a sliding window in %s", (_kind, connect) => {
  const open = () => {
    const redis = connect();
    const key = `window:${++keys}`;
    const take = (seconds: number) => takeFromWindow(redis, key, policy, START + seconds * 1_000);
    return {
      take,
      /** How many of so many at one moment are taken. */
      async takeMany(seconds: number, many: number) {
        let taken = 0;
        for (let i = 0; i < many; i++) if (!(await take(seconds)).isOver) taken++;
        return taken;
      },
    };
  };

  it("gives out its quota and says how many are left", async () => {
    const { take } = open();
    for (let left = 9; left >= 0; left--) expect(await take(0)).toMatchObject({ isOver: false, remaining: left });
    expect(await take(0)).toMatchObject({ isOver: true, remaining: 0 });
  });

  it("does not begin anew at a boundary: what was used before it fades", async () => {
    const { takeMany } = open();
    expect(await takeMany(99, 12)).toBe(10);
    expect(await takeMany(101, 12)).toBe(0);
    expect(await takeMany(110, 12)).toBe(1);
    expect(await takeMany(150, 12)).toBe(4);
    expect(await takeMany(199, 12)).toBe(4);
    expect(await takeMany(400, 12)).toBe(10);
  });

  it("takes one more at the very second that it names, and none before", async () => {
    for (const fill of [
      [[50, 10]],
      [[0, 10]],
      [[99, 10]],
      [
        [30, 6],
        [130, 5],
      ],
    ] as [number, number][][]) {
      const { take, takeMany } = open();
      let now = 0;
      for (const [at, many] of fill) await takeMany((now = at), many + 5);
      const { isOver, resetSeconds } = await take(now);
      expect(isOver).toBe(true);
      expect(await take(now + resetSeconds - 1)).toMatchObject({ isOver: true });
      expect(await take(now + resetSeconds)).toMatchObject({ isOver: false });
    }
  });

  it("never gives out more than its quota within any window's length, counted from any moment of a steady stream", async () => {
    const { take } = open();
    const takenAt: number[] = [];
    for (let second = 0; second < 400; second += 3) if (!(await take(second)).isOver) takenAt.push(second);
    for (const from of takenAt)
      expect(takenAt.filter((at) => at >= from && at < from + policy.windowSeconds).length).toBeLessThanOrEqual(
        policy.quota + 1,
      );
    expect(takenAt.length).toBeGreaterThanOrEqual(35);
  });

  it("takes no more than the quota of fifty at once", async () => {
    const { take } = open();
    const answers = await Promise.all(Array.from({ length: 50 }, () => take(0)));
    expect(answers.filter(({ isOver }) => !isOver)).toHaveLength(10);
  });
});

it("costs one round trip, from the first use on", async () => {
  const redis = connectRedis();
  const seen = await front.during(() => takeFromWindow(redis, "window:first", policy, START));
  expect(seen.requests).toBe(1);
});

it("stores nothing for longer than two windows", async () => {
  const redis = connectRedis();
  await takeFromWindow(redis, "window:short", policy, START);
  const stored = await redis.keys("window:short*");
  expect(stored).toHaveLength(1);
  const left = await redis.pttl(stored[0]!);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(200_000);
});
