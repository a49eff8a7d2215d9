import { expect, it } from "vitest";
import { createWindowCounter } from "../../src/http/window-counter.ts";

it("counts until the window of the first use ends", () => {
  const counter = createWindowCounter();
  expect(counter.add("a", 10, 0)).toEqual({ count: 1, resetSeconds: 10 });
  expect(counter.add("a", 10, 9_999)).toEqual({ count: 2, resetSeconds: 1 });
  expect(counter.secondsLeft("a", 9_999)).toBe(1);
  expect(counter.secondsLeft("a", 10_000)).toBeNull();
  expect(counter.add("a", 10, 10_000)).toEqual({ count: 1, resetSeconds: 10 });
});

it("forgets the oldest key when it holds 20,000", () => {
  const counter = createWindowCounter();
  for (let i = 0; i < 20_001; i++) counter.add(String(i), 10, 0);
  expect(counter.secondsLeft("0", 0)).toBeNull();
  expect(counter.secondsLeft("1", 0)).toBe(10);
});
