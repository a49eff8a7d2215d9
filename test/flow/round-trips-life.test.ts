// The counts of docs/design/performance.md for what happens while a bank is out. The limit of a request adds its one trip to Redis.
import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { swapRental } from "../../src/rentals/service.ts";
import { neon } from "../support/control.ts";
import { ask, extend, lose, type Rented, rentBank } from "../support/rented.ts";
import { asUser, createBench } from "../support/verbs.ts";
import { rowsWritten } from "../support/written-rows.ts";

const measured = async (rented: Rented, work: () => Promise<unknown>) => {
  const { stations, deferred } = rented.bench;
  // What the departure put off.
  await Promise.all(deferred);
  const calls = stations.calls.length;
  let texts: string[] = [];
  const rows = await rowsWritten(async () => {
    ({ texts } = await neon.during(async () => {
      await work();
      await Promise.all(deferred);
    }));
  });
  return {
    postgres: texts.map((text) => /select "(\w+)"/.exec(text)?.[1] ?? "query"),
    rows: rows.total,
    calls: stations.calls.slice(calls).map(({ verb }) => verb),
  };
};

describe("round trips and rows while a bank is out", () => {
  test("an extension from the wallet: two to Postgres, one to the object, at most nine rows", async () => {
    const rented = await rentBank(createBench(), 2_000);
    const seen = await measured(rented, () => extend(rented));
    expect(seen).toMatchObject({ postgres: ["query", "rental_extend"], calls: ["renew"] });
    expect(seen.rows).toBeLessThanOrEqual(9);
    const again = await rentBank(createBench(), 2_000);
    await extend(again, null, "key");
    expect(await measured(again, () => extend(again, null, "key"))).toMatchObject({ rows: 0, calls: [] });
  });

  test("a loss: two to Postgres, one to the object, at most fourteen rows", async () => {
    const rented = await rentBank(createBench(), 50_000);
    rented.bench.clock.advance(HOUR_MS);
    const seen = await measured(rented, () => lose(rented));
    expect(seen).toMatchObject({ postgres: ["query", "rental_lose"], calls: ["closed"] });
    expect(seen.rows).toBeLessThanOrEqual(14);
  });

  test("a swap: one to Postgres, one to the object, at most fourteen rows", async () => {
    const rented = await rentBank(createBench());
    const seen = await measured(rented, () =>
      swapRental(rented.bench.deps, asUser(rented.userId), {
        rentalId: rented.id,
        cause: "no_charge",
        key: { route: "POST swap", key: "key", bodyHash: "-" },
        requestId: "req_test",
      }),
    );
    expect(seen).toMatchObject({ postgres: ["rental_swap"], calls: ["dispense"] });
    expect(seen.rows).toBeLessThanOrEqual(14);
  });

  test("the timer: one to Postgres when there is nothing to tell, two with a notice, at most two rows", async () => {
    const rented = await rentBank(createBench());
    rented.bench.clock.advance(4 * HOUR_MS - 30 * MINUTE_MS);
    const told = await measured(rented, () => ask(rented));
    expect(told).toMatchObject({ postgres: ["rental_due", "rental_due"], calls: [] });
    expect(told.rows).toBeLessThanOrEqual(2);
    expect(await measured(rented, () => ask(rented))).toMatchObject({ postgres: ["rental_due"], rows: 0 });
  });
});
