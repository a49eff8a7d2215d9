// Ids as the product makes them, in the order of their making. The product's are random within one millisecond; a test's
// clock stands still, and what it lists by id would come in an order of luck.
import type { Clock } from "../../src/lib/clock.ts";
import { createIds, type Ids } from "../../src/lib/ids.ts";

/** No two ids of one millisecond: the next takes the next one, however far ahead of the clock. */
export const createOrderedIds = (clock: Clock): Ids => {
  let lastMs = 0;
  return createIds({ now: () => (lastMs = Math.max(lastMs + 1, clock.now())) });
};
