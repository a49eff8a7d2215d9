// One transaction of the provider is booked once, under whatever names and amounts it is told.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { settleCallback } from "../../src/payments/service.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, ids } from "../support/factories.ts";
import { callback, itemOf, other, topUp } from "../support/suspense.ts";

beforeAll(() => {
  env.AZAMPAY_CALLBACK_SIGNATURE = "off" as typeof env.AZAMPAY_CALLBACK_SIGNATURE;
  env.AZAMPAY_CALLBACK_PASSWORD = "";
});

const stateOf = async ({ id }: { id: string }) =>
  (await sql<{ state: string; reason: string | null }>("select state, reason from payments where id = $1", [id]))[0]!;

describe("a transaction that was credited", () => {
  const credited = async () => {
    const made = await topUp();
    const settle = (body: string) => settleCallback(made.bench.deps, body, "req_test");
    expect(await settle(callback(made.payment))).toMatchObject({ outcome: "credited" });
    return { ...made, settle, suspenseTzs: await balanceOf("suspense") };
  };

  test("and is told again in another amount is not booked again", async () => {
    const { userId, payment, settle, suspenseTzs } = await credited();
    for (const amount of ["50000", "1", "5000.50"])
      expect(await settle(callback(payment, { amount }))).toMatchObject({
        outcome: "duplicate",
        alert: "conflicting_amounts",
      });
    expect(await itemOf(payment.provider_reference)).toBeUndefined();
    expect([await balanceOf(`user_wallet:${userId}`), await balanceOf("suspense")]).toEqual([5_000, suspenseTzs]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("and is told again under a reference that nobody made is not booked again", async () => {
    const { payment, settle, suspenseTzs } = await credited();
    expect(await settle(callback(payment, { utilityref: ids.secret(26) }))).toMatchObject({
      outcome: "duplicate",
      alert: "reference_reused",
    });
    expect(await balanceOf("suspense")).toBe(suspenseTzs);
  });

  test("pays no other payment, not even one whose checkout was never answered", async () => {
    const { bench, userId, payment, settle } = await credited();
    const second = await topUp();
    await sql("update payments set state = 'unknown', provider_reference = null where id = $1", [second.payment.id]);
    const forged = callback(second.payment, other(payment.provider_reference));
    expect(await settle(forged)).toMatchObject({ outcome: "duplicate", alert: "reference_reused" });
    expect((await stateOf(second.payment)).state).toBe("unknown");
    expect(await balanceOf(`user_wallet:${second.userId}`)).toBe(0);
    // Its own money still reaches it.
    const own = ids.secret(32);
    expect(await settleCallback(bench.deps, callback(second.payment, other(own)), "req_test")).toMatchObject({
      outcome: "credited",
    });
    expect([await balanceOf(`user_wallet:${second.userId}`), await balanceOf(`user_wallet:${userId}`)]).toEqual([
      5_000, 5_000,
    ]);
  });

  test("cannot be the payment of two in the database", async () => {
    const { payment } = await credited();
    const second = await credited();
    await expect(
      sql("update payments set provider_reference = $2 where id = $1", [second.payment.id, payment.provider_reference]),
    ).rejects.toMatchObject({ constraint: "payments_provider_reference_key" });
  });
});

test("twenty payments that claim one transaction at the same moment get it once", async () => {
  const claims = await Promise.all(Array.from({ length: 20 }, () => topUp()));
  const reference = ids.secret(32);
  await sql("update payments set state = 'unknown', provider_reference = null where id = any($1::text[])", [
    claims.map(({ payment }) => payment.id),
  ]);
  const settled = await Promise.all(
    claims.map(({ bench, payment }, i) =>
      settleCallback(
        bench.deps,
        callback(payment, { ...other(reference), ...(i % 4 === 3 ? { utilityref: ids.secret(26) } : {}) }),
        "req_test",
      ),
    ),
  );
  const booked = settled.filter(({ outcome }) => outcome !== "duplicate");
  expect(booked).toHaveLength(1);
  expect(["credited", "suspense"]).toContain(booked[0]!.outcome);
  const wallets = await Promise.all(claims.map(({ userId }) => balanceOf(`user_wallet:${userId}`)));
  const held = (await itemOf(reference)) ? 5_000 : 0;
  expect(wallets.reduce((sum, tzs) => sum + tzs, held)).toBe(5_000);
  expect(await bookBreaks()).toEqual([]);
});

test.each(["5000.50", "5,000", "a lot", "-5000", "0"])(
  "a success of %s, which is no amount, leaves the payment open for the one that says it",
  async (amount) => {
    const { bench, userId, payment } = await topUp();
    const settle = (body: string) => settleCallback(bench.deps, body, "req_test");
    expect(await settle(callback(payment, { amount }))).toMatchObject({
      outcome: "ignored",
      alert: "amount_unreadable",
    });
    expect(await stateOf(payment)).toEqual({ state: "submitted", reason: null });
    expect(await settle(callback(payment))).toMatchObject({ outcome: "credited" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
  },
);
