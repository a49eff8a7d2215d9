// A few stations on the bundled Worker under workerd: the whole run of `bun run fleet`, in small.
import { expect, test } from "bun:test";
import { runFleet } from "../../dev/fleet.ts";
import { spreadOf, tell } from "../../dev/fleet/figures.ts";

/** It bundles the Worker and starts a database server: the run itself takes some seconds. */
const WITHIN_MS = 120_000;

test(
  "stations connect, rent, take returns and replay a storm, and no invariant is broken",
  async () => {
    const figures = await runFleet(
      { stations: 4, slots: 6, perSecond: 3, seconds: 2, holdMs: 300, say() {} },
      { isMeasured: false },
    );
    expect(figures.breaks).toEqual([]);
    expect(figures.rentals).toBeGreaterThanOrEqual(4);
    expect(figures.storm).toMatchObject({ returns: 2 });
    // 20 of each station, a hello and the returns.
    expect(figures.storm.events).toBeGreaterThanOrEqual(4 * 20);
    for (const spread of [figures.scanToEject, figures.returnToSettled, figures.storm.settled])
      expect(spread.p50).toBeGreaterThan(0);
    expect(figures.rowsPerRental).toBeGreaterThan(5);
    expect(figures.memory.connectedBytes).toBeGreaterThan(0);
    expect(tell(figures).at(-1)).toContain("books: 0.");
  },
  WITHIN_MS,
);

test("a spread is taken from the sorted figures", () => {
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ p50: 3, p95: 5, p99: 5 });
});
