// Payments that nobody answered: asked about where that is allowed, watched for 7 days, closed by a statement; and what is forgotten after 90 days.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { runMinute } from "../../src/jobs.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { retryCallback, settleCallback } from "../../src/payments/service.ts";
import type { Outcome } from "../../src/providers/ports.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createStation, createUser } from "../support/factories.ts";
import { createPayoutBench, type PayoutSettings } from "../support/payouts.ts";
import { callback, openTopUp, paymentOf } from "../support/suspense.ts";
import { start } from "../support/verbs.ts";

beforeAll(() => {
  env.AZAMPAY_CALLBACK_SIGNATURE = "off" as typeof env.AZAMPAY_CALLBACK_SIGNATURE;
  env.AZAMPAY_CALLBACK_PASSWORD = "";
});

const ON = { config: { AZAMPAY_COLLECTION_STATUS: "on" as const } };
const topUp = async (settings: PayoutSettings = ON) => {
  const bench = createPayoutBench(settings);
  const userId = await createUser();
  const { id, provider_reference: mine } = await openTopUp(bench, userId);
  let asked = 0;
  const ask = (input: { providerReference: string }): Promise<Outcome> => {
    if (input.providerReference !== mine) return Promise.resolve("unknown");
    asked++;
    return Promise.resolve(bench.collection);
  };
  bench.deps.payments = { ...bench.deps.payments, status: ask };
  return { bench, userId, id, asked: () => asked };
};

describe("a payment without a callback", () => {
  test("is credited when the provider, asked, says the exact word", async () => {
    const { bench, userId, id } = await topUp();
    bench.collection = "succeeded";
    await runMinute(bench.deps);
    expect((await paymentOf(id)).state).toBe("submitted");
    bench.clock.advance(MINUTE_MS);
    await runMinute(bench.deps);
    expect((await paymentOf(id)).state).toBe("succeeded");
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
    expect(
      await sql(
        "select provider, outcome, body_sealed like '%5000%' as clear from payment_callbacks where payment_id = $1",
        [id],
      ),
    ).toEqual([{ provider: "azampay_probe", outcome: "credited", clear: false }]);
    expect(await settleCallback(bench.deps, callback(await paymentOf(id)), "req_test")).toMatchObject({
      outcome: "duplicate",
    });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test.each([
    ["pending", "expired"],
    ["unknown", "expired"],
    ["failed", "failed"],
  ] as const)("that the provider calls %s is %s after ten minutes", async (said, state) => {
    const { bench, userId, id } = await topUp();
    bench.collection = said;
    for (let minute = 0; minute < 11; minute++) {
      bench.clock.advance(MINUTE_MS);
      await runMinute(bench.deps);
    }
    expect((await paymentOf(id)).state).toBe(state);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
  });

  test("is never asked about while the setting is off", async () => {
    const { bench, asked } = await topUp({});
    bench.collection = "succeeded";
    bench.clock.advance(HOUR_MS);
    await runMinute(bench.deps);
    expect(asked()).toBe(0);
  });

  test("is watched for 7 days after it expired, ever more rarely, and not a day longer", async () => {
    const { bench, id, asked } = await topUp();
    bench.collection = "pending";
    for (let hour = 0; hour < 24; hour++) {
      bench.clock.advance(HOUR_MS);
      await runMinute(bench.deps);
    }
    expect((await paymentOf(id)).state).toBe("expired");
    expect(asked()).toBeGreaterThan(3);
    expect(asked()).toBeLessThan(20);
    bench.clock.advance(6 * DAY_MS - MINUTE_MS);
    const before = asked();
    await runMinute(bench.deps);
    expect(asked()).toBe(before + 1);
    bench.clock.advance(DAY_MS);
    await runMinute(bench.deps);
    expect(asked()).toBe(before + 1);
  });

  test("holds the deposit of the rental that waits and makes the station hand out the bank", async () => {
    const bench = createPayoutBench(ON);
    const userId = await createUser();
    const { rental } = await start(bench, userId, await createStation(), { phone: "0754123456" });
    bench.deps.payments = { ...bench.deps.payments, status: () => Promise.resolve("succeeded") };
    bench.clock.advance(MINUTE_MS);
    await runMinute(bench.deps);
    expect(await sql("select status from rentals where id = $1", [rental.id])).toEqual([{ status: "dispensing" }]);
    expect(bench.stations.calls.filter(({ verb }) => verb === "dispense")).toHaveLength(1);
  });

  test("is credited by a line of a new statement, in its own amount alone", async () => {
    const [right, wrong] = [await topUp({}), await topUp({})];
    const { bench } = right;
    bench.clock.advance(DAY_MS);
    await runMinute(bench.deps);
    const nowIso = new Date(bench.clock.now()).toISOString();
    await sql(
      "insert into statements (id, provider, file_hash, from_at, to_at, line_count, imported_at, imported_by) values ('stm_w', 'azampay', 'w', $1, $1, 2, $1, 'test')",
      [nowIso],
    );
    for (const [{ id }, amountTzs] of [
      [right, 5_000],
      [wrong, 4_999],
    ] as const) {
      const row = await paymentOf(id);
      await sql(
        `insert into statement_lines (provider, provider_reference, direction, our_reference, amount_tzs, status, occurred_at, statement_id, changed_at)
        values ('azampay', $1, 'in', $2, $3, 'paid', $4, 'stm_w', $4)`,
        [row.provider_reference, row.external_id, amountTzs, nowIso],
      );
    }
    await runMinute(bench.deps);
    await runMinute(bench.deps);
    expect([(await paymentOf(right.id)).state, (await paymentOf(wrong.id)).state]).toEqual(["succeeded", "expired"]);
    expect(await balanceOf(`user_wallet:${right.userId}`)).toBe(5_000);
    expect(await sql("select template from messages where user_id = $1", [right.userId])).toEqual([
      { template: "payment_received" },
    ]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("whose success comes after the watch is credited all the same, with an alert", async () => {
    const { bench, userId, id } = await topUp({});
    bench.clock.advance(8 * DAY_MS);
    await runMinute(bench.deps);
    expect(await settleCallback(bench.deps, callback(await paymentOf(id)), "req_test")).toMatchObject({
      outcome: "credited",
      alert: "payment_after_watch",
    });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
  });

  test("and a finding whose money part failed is tried again by cron", async () => {
    const { bench, userId, id } = await topUp();
    bench.collection = "succeeded";
    await sql(
      `alter table accounts add constraint accounts_test_block check (code <> 'user_wallet:${userId}') not valid`,
    );
    bench.clock.advance(MINUTE_MS);
    await runMinute(bench.deps);
    const [stored] = await sql<{ provider: string; body_hash: string; body_sealed: string; signature: string }>(
      "select * from payment_callbacks where state = 'failed'",
    );
    expect(stored!.provider).toBe("azampay_probe");
    await sql("alter table accounts drop constraint accounts_test_block");
    await runMinute(bench.deps);
    expect((await paymentOf(id)).state).toBe("succeeded");
    const again = {
      provider: stored!.provider,
      bodyHash: stored!.body_hash,
      bodySealed: stored!.body_sealed,
      signature: stored!.signature,
      receivedAtMs: bench.clock.now(),
    };
    expect(await retryCallback(bench.deps, again, "req_test")).toMatchObject({ outcome: "duplicate" });
  });
});

describe("after 90 days", () => {
  test("the bodies of callbacks are forgotten, their rows and hashes are not, and the same bytes still change nothing", async () => {
    const { bench, userId, id } = await topUp({});
    const body = callback(await paymentOf(id));
    await settleCallback(bench.deps, body, "req_test");
    await settleCallback(bench.deps, "not json", "req_test");
    bench.clock.advance(90 * DAY_MS);
    await runMinute(bench.deps);
    expect(
      (
        await sql<{ body_sealed: string | null }>("select body_sealed from payment_callbacks where payment_id = $1", [
          id,
        ])
      )[0]!.body_sealed,
    ).not.toBeNull();
    bench.clock.advance(1);
    await runMinute(bench.deps);
    expect(
      await sql("select body_sealed, length(body_hash) as hash, outcome from payment_callbacks where payment_id = $1", [
        id,
      ]),
    ).toEqual([{ body_sealed: null, hash: 64, outcome: "credited" }]);
    expect(await settleCallback(bench.deps, body, "req_test")).toMatchObject({ outcome: "duplicate" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
  });

  test("a body whose money part failed is kept", async () => {
    const { bench, id } = await topUp({});
    await settleCallback(bench.deps, callback(await paymentOf(id), { amount: "5000" }), "req_test");
    await sql("update payment_callbacks set state = 'failed', received_at = $2 where payment_id = $1", [
      id,
      new Date(bench.clock.now() - 200 * DAY_MS).toISOString(),
    ]);
    await sql("select callbacks_prune($1)", [
      JSON.stringify({ now: new Date(bench.clock.now()).toISOString(), limit: 100 }),
    ]);
    expect(
      (
        await sql<{ body_sealed: string | null }>("select body_sealed from payment_callbacks where payment_id = $1", [
          id,
        ])
      )[0]!.body_sealed,
    ).not.toBeNull();
  });
});
