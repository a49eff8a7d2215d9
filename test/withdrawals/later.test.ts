import { describe, expect, test } from "vitest";
import { sealPhone, type Msisdn } from "../../src/users/service.ts";
import { askWithdrawal, runAskedWithdrawals } from "../../src/withdrawals/service.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createUser } from "../support/factories.ts";
import { createPayoutBench, type PayoutBench } from "../support/payouts.ts";
import { asUser } from "../support/verbs.ts";

const MSISDN = "255754700310" as Msisdn;

const renterWith = async (bench: PayoutBench, walletTzs: number) => {
  const userId = await createUser({ walletTzs });
  await sql("update users set phone_sealed = $2 where id = $1", [
    userId,
    await sealPhone(bench.deps.cipher, userId, MSISDN),
  ]);
  return userId;
};
const ask = async (bench: PayoutBench, walletTzs: number, amountTzs = 4_000) => {
  const userId = await renterWith(bench, walletTzs);
  const id = bench.deps.ids.secret(20);
  await askWithdrawal(bench.deps, asUser(userId), { id, amountTzs, provider: "mpesa" });
  return { id, userId };
};
const run = (bench: PayoutBench) => runAskedWithdrawals(bench.deps, { limit: 10 }, "req_test");
const told = (userId: string) => sql("select template, params from messages where user_id = $1", [userId]);

describe("a withdrawal that was asked for on a keypad", () => {
  test("takes nothing out of the wallet until it is worked on, then goes to the account's own number, once", async () => {
    const bench = createPayoutBench();
    const { id, userId } = await ask(bench, 6_000);
    await askWithdrawal(bench.deps, asUser(userId), { id, amountTzs: 4_000, provider: "mpesa" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(6_000);
    await Promise.all([run(bench), run(bench), run(bench)]);
    expect(bench.sends).toMatchObject([{ amountTzs: 4_000, msisdn: MSISDN, provider: "mpesa" }]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(2_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test("is refused while another one waits", async () => {
    const bench = createPayoutBench();
    const { userId } = await ask(bench, 6_000);
    const again = askWithdrawal(bench.deps, asUser(userId), { id: "other", amountTzs: 1_000, provider: "mpesa" });
    await expect(again).rejects.toMatchObject({ code: "withdrawal_in_flight" });
    await run(bench);
  });

  test("that the wallet does not cover any more is told to the renter, once", async () => {
    const bench = createPayoutBench();
    const { userId } = await ask(bench, 3_000);
    await run(bench);
    await run(bench);
    expect(bench.sends).toEqual([]);
    expect(await told(userId)).toEqual([
      { template: "withdrawal_refused", params: { code: "withdrawal_exceeds_balance" } },
    ]);
  });

  test("waits for a provider that does not answer, and is given up after five tries", async () => {
    const bench = createPayoutBench();
    bench.deps.payouts.lookUpName = () => Promise.resolve({ status: "unknown", reason: "timeout" });
    const { userId } = await ask(bench, 6_000);
    for (let attempt = 1; attempt <= 4; attempt++) {
      await run(bench);
      expect(await told(userId)).toEqual([]);
      bench.clock.advance(3_600_000);
    }
    await run(bench);
    expect(await told(userId)).toMatchObject([{ params: { code: "unavailable" } }]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(6_000);
  });

  test("whose answer got lost is one withdrawal and no refusal", async () => {
    const bench = createPayoutBench();
    const { userId } = await ask(bench, 6_000);
    await neon.arm({ refuse: { match: "withdrawal_ask_close", mode: "error" } });
    expect(await run(bench)).toMatchObject({ failed: 1 });
    await neon.clear();
    bench.clock.advance(3_600_000);
    await run(bench);
    expect(bench.sends).toHaveLength(1);
    expect(await told(userId)).toEqual([]);
    expect(await sql("select state from withdrawal_requests where user_id = $1", [userId])).toEqual([
      { state: "done" },
    ]);
  });
});
