import { expect, test } from "bun:test";
import { createFaultBoard } from "../../dev/faults.ts";

test("a fault applies to its scope, its text and its count", () => {
  const board = createFaultBoard();
  board.arm("a", { refuse: { count: 2, match: "insert" } });
  expect(board.take("b", "refuse", "insert")).toBeNull();
  expect(board.take("a", "refuse", "select")).toBeNull();
  expect([1, 2, 3].map(() => board.take("a", "refuse", "insert into t") !== null)).toEqual([true, true, false]);
});

test("arming one fault leaves the others", () => {
  const board = createFaultBoard();
  board.arm("a", { latencyMs: 5 });
  board.arm("a", { dropAfterCommit: {} });
  expect(board.latencyMs("a")).toBe(5);
  expect(board.latencyMs("b")).toBe(0);
  expect(board.take("a", "dropAfterCommit", "")).not.toBeNull();
});

test("clearing ends faults and holds and lets what is held go on", async () => {
  const board = createFaultBoard();
  board.arm("a", { latencyMs: 5, refuse: {} });
  board.hold("a", { phase: "before", count: 2 });
  const held = board.pause("a", "before", "x");
  board.clear("a");
  expect(await held).toBe("continue");
  expect(board.latencyMs("a")).toBe(0);
  expect(board.take("a", "refuse", "")).toBeNull();
  expect(await board.pause("a", "before", "x")).toBe("continue");
});

test("whoever waits for a held request is told when it comes", async () => {
  const board = createFaultBoard();
  board.hold("a", { phase: "after", match: "commit" });
  const waiting = board.waiting("a", 5_000);
  expect(await board.pause("a", "before", "commit")).toBe("continue");
  const held = board.pause("a", "after", "commit");
  expect(await waiting).toMatchObject([{ phase: "after", text: "commit" }]);
  expect(board.release("a", "abandon")).toBe(1);
  expect(await held).toBe("abandon");
});

test("waiting for a request that does not come ends", async () => {
  expect(await createFaultBoard().waiting("a", 1)).toEqual([]);
});

test("one held request can be released and the others kept", async () => {
  const board = createFaultBoard();
  board.hold("a", { phase: "before", count: 2 });
  const first = board.pause("a", "before", "1");
  void board.pause("a", "before", "2");
  const [one] = await board.waiting("a");
  expect(board.release("a", "continue", one!.id)).toBe(1);
  expect(await first).toBe("continue");
  expect((await board.waiting("a")).map(({ text }) => text)).toEqual(["2"]);
});

test("requests are counted by scope, and the texts kept are bounded", () => {
  const board = createFaultBoard();
  for (let n = 0; n < 600; n++) board.record("a", String(n));
  expect(board.seen("a").requests).toBe(600);
  expect(board.seen("a").texts).toHaveLength(500);
  expect(board.seen("a").texts.at(-1)).toBe("599");
  expect(board.seen("b")).toEqual({ requests: 0, texts: [] });
  expect(board.resetSeen("a").requests).toBe(600);
  expect(board.seen("a").requests).toBe(0);
});
