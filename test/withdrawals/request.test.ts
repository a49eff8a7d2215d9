import { describe, expect, test } from "vitest";
import { MINUTE_MS } from "../../src/lib/clock.ts";
import { previewWithdrawal, readWithdrawal, requestWithdrawal } from "../../src/withdrawals/service.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createStation, createUser } from "../support/factories.ts";
import { createPayoutBench, requestOf, tell, withdraw, withdrawalOf } from "../support/payouts.ts";
import { asUser, start } from "../support/verbs.ts";

describe("a withdrawal", () => {
  test("leaves the wallet, is sent once to the recipient that was shown, and is paid when the provider says so", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 10_000 });
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: 4_000 });
    expect(withdrawal).toMatchObject({ state: "submitted", amountTzs: 4_000 });
    const row = await withdrawalOf(withdrawal.id);
    expect(bench.sends).toEqual([
      {
        externalId: row.external_id,
        amountTzs: 4_000,
        msisdn: "255754123456",
        provider: "mpesa",
        recipientName: "ASHA JUMA",
      },
    ]);
    expect(row.external_id).toMatch(/^[0-9a-z]{26}$/);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(6_000);
    expect(await balanceOf("withdrawal_clearing")).toBe(4_000);
    const before = await balanceOf("azampay_clearing");

    expect(await tell(bench, withdrawal)).toMatchObject({ outcome: "paid" });
    expect(await balanceOf("withdrawal_clearing")).toBe(0);
    expect(await balanceOf("azampay_clearing")).toBe(before - 4_000);
    expect(await readWithdrawal(bench.deps, asUser(userId), withdrawal.id)).toMatchObject({
      state: "succeeded",
      settledBy: "callback",
    });
    expect(await sql("select template from messages where user_id = $1", [userId])).toEqual([
      { template: "withdrawal_paid" },
    ]);
    expect(await sql("select action from audit_log where subject = $1 order by id", [withdrawal.id])).toEqual([
      { action: "withdrawal_asked" },
      { action: "withdrawal_paid" },
    ]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("charges its fee against what the provider takes", async () => {
    const bench = createPayoutBench({ config: { WITHDRAWAL_FEE_TZS: 300 } });
    const userId = await createUser({ walletTzs: 3_300 });
    const before = await balanceOf("provider_fees");
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: 3_000 });
    expect(bench.sends[0]!.amountTzs).toBe(3_000);
    await tell(bench, withdrawal);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect(await balanceOf("provider_fees")).toBe(before - 300);
    expect(await bookBreaks()).toEqual([]);
  });

  test("gives fee and amount back when the provider declines", async () => {
    const bench = createPayoutBench({ config: { WITHDRAWAL_FEE_TZS: 300 } });
    const userId = await createUser({ walletTzs: 5_000 });
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: 3_000 });
    expect(await tell(bench, withdrawal, { status: "failure" })).toMatchObject({ outcome: "returned" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
    expect(await sql("select template, params from messages where user_id = $1", [userId])).toEqual([
      { template: "withdrawal_returned", params: { amountTzs: 3_300, walletTzs: 5_000 } },
    ]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("pays an open debt first when it comes back", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 5_000 });
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: 5_000 });
    await sql(
      "select ledger_post($1, 'test_debt', now(), now(), array['user_debt:' || $2, 'goodwill'], array[2000::bigint, -2000])",
      [`debt:${userId}`, userId],
    );
    await tell(bench, withdrawal, { status: "failure" });
    expect(await balanceOf(`user_debt:${userId}`)).toBe(0);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(3_000);
  });

  test("of somebody else is not there", async () => {
    const bench = createPayoutBench();
    const { withdrawal } = await withdraw(bench, await createUser({ walletTzs: 5_000 }));
    await expect(readWithdrawal(bench.deps, asUser(await createUser()), withdrawal.id)).rejects.toMatchObject({
      code: "withdrawal_unknown",
    });
  });

  test("keeps number, name and account out of the clear", async () => {
    const bench = createPayoutBench();
    const { withdrawal } = await withdraw(bench, await createUser({ walletTzs: 5_000 }));
    await tell(bench, withdrawal);
    const stored = JSON.stringify(
      await sql(
        "select w.*, c.body_sealed from withdrawals w join withdrawal_callbacks c on c.withdrawal_id = w.id where w.id = $1",
        [withdrawal.id],
      ),
    );
    expect(stored).not.toMatch(/255754123456|ASHA/);
  });
});

describe("a withdrawal is refused", () => {
  const code = async (work: Promise<unknown>) =>
    work.then(
      () => "accepted",
      (error: { code: string }) => error.code,
    );

  test("beyond the wallet, without a trace", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 2_999 });
    await expect(withdraw(bench, userId, { amountTzs: 3_000 })).rejects.toMatchObject({
      code: "withdrawal_exceeds_balance",
      details: { withdrawableTzs: 2_999 },
    });
    expect(bench.sends).toEqual([]);
    expect(await sql("select 1 from withdrawals where user_id = $1", [userId])).toEqual([]);
  });

  test("when the wallet was used between preview and request", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 5_000 });
    const { preview } = await previewWithdrawal(bench.deps, asUser(userId), {
      amountTzs: 5_000,
      provider: "mpesa",
      phone: "0754123456",
    });
    await start(bench, userId, await createStation());
    await expect(requestWithdrawal(bench.deps, asUser(userId), await requestOf(preview, "k"))).rejects.toMatchObject({
      code: "withdrawal_exceeds_balance",
      details: { withdrawableTzs: 0 },
    });
    expect(bench.sends).toEqual([]);
  });

  test("by a preview that is old, another renter's or made up", async () => {
    const bench = createPayoutBench();
    const [asha, juma] = [await createUser({ walletTzs: 5_000 }), await createUser({ walletTzs: 5_000 })];
    const { preview } = await previewWithdrawal(bench.deps, asUser(asha), {
      amountTzs: 3_000,
      provider: "mpesa",
      phone: "0754123456",
    });
    expect(await code(requestWithdrawal(bench.deps, asUser(juma), await requestOf(preview, "k")))).toBe(
      "preview_invalid",
    );
    expect(await code(requestWithdrawal(bench.deps, asUser(asha), await requestOf("t1.abc.def", "k")))).toBe(
      "preview_invalid",
    );
    bench.clock.advance(10 * MINUTE_MS);
    expect(await code(requestWithdrawal(bench.deps, asUser(asha), await requestOf(preview, "k")))).toBe(
      "preview_invalid",
    );
    expect(bench.sends).toEqual([]);
  });

  test("below the least amount, to a landline, to nobody, and while nothing is configured", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 50_000 });
    const preview = (change: object = {}) =>
      code(
        previewWithdrawal(bench.deps, asUser(userId), {
          amountTzs: 3_000,
          provider: "mpesa",
          phone: "0754123456",
          ...change,
        }),
      );
    expect(await preview({ amountTzs: 999 })).toBe("withdrawal_amount_invalid");
    expect(await preview({ phone: "022 211 1111" })).toBe("phone_invalid");
    bench.deps.payouts = {
      ...bench.deps.payouts,
      lookUpName: () => Promise.resolve({ status: "not_found", reason: "" }),
    };
    expect(await preview()).toBe("recipient_unknown");
    bench.deps.payouts = {
      ...bench.deps.payouts,
      lookUpName: () => Promise.resolve({ status: "unknown", reason: "timeout" }),
    };
    expect(await preview()).toBe("unavailable");
    bench.deps.payouts = { ...bench.deps.payouts, isConfigured: false };
    expect(await preview()).toBe("withdrawals_off");
  });

  test("to a pending account, and not to a suspended one", async () => {
    const bench = createPayoutBench();
    const pending = await createUser({ walletTzs: 5_000, state: "pending" });
    const suspended = await createUser({ walletTzs: 5_000, state: "suspended" });
    expect(await code(withdraw(bench, pending))).toBe("forbidden");
    expect((await withdraw(bench, suspended)).withdrawal.state).toBe("submitted");
    expect(await code(start(bench, suspended, await createStation()))).toBe("account_suspended");
  });

  test("at the day's limits of count and amount, which end at midnight in Dar es Salaam", async () => {
    const bench = createPayoutBench({ config: { WITHDRAWAL_DAILY_COUNT: 2, WITHDRAWAL_DAILY_TZS: 10_000 } });
    bench.clock.set(Date.parse("2026-11-20T20:30:00.000Z"));
    const userId = await createUser({ walletTzs: 100_000 });
    await tell(bench, (await withdraw(bench, userId, { amountTzs: 4_000 })).withdrawal);
    await expect(withdraw(bench, userId, { amountTzs: 6_001 })).rejects.toMatchObject({
      code: "withdrawal_limit",
      details: { remainingTzs: 6_000, remainingCount: 1 },
    });
    await tell(bench, (await withdraw(bench, userId, { amountTzs: 2_000 })).withdrawal);
    await expect(withdraw(bench, userId, { amountTzs: 1_000 })).rejects.toMatchObject({
      code: "withdrawal_limit",
      details: { remainingTzs: 4_000, remainingCount: 0 },
    });
    bench.clock.advance(30 * MINUTE_MS);
    expect((await withdraw(bench, userId, { amountTzs: 1_000 })).withdrawal.state).toBe("submitted");
  });

  test.each([
    ["awaiting_approval", 5_000, null],
    ["created", 3_000, { status: "not_sent", reason: "token_unavailable" }],
    ["unknown", 3_000, { status: "unknown", reason: "timeout" }],
    ["submitted", 3_000, null],
  ] as const)("while another one is %s", async (state, amountTzs, answer) => {
    const bench = createPayoutBench({ config: { WITHDRAWAL_APPROVAL_ABOVE_TZS: 4_000 } });
    const userId = await createUser({ walletTzs: 50_000 });
    const previews = await Promise.all(
      [amountTzs, 1_000].map((each) =>
        previewWithdrawal(bench.deps, asUser(userId), { amountTzs: each, provider: "mpesa", phone: "0754123456" }),
      ),
    );
    if (answer) bench.answers = [answer];
    const { withdrawal } = await requestWithdrawal(
      bench.deps,
      asUser(userId),
      await requestOf(previews[0]!.preview, "first"),
    );
    expect(withdrawal.state).toBe(state);
    await expect(
      requestWithdrawal(bench.deps, asUser(userId), await requestOf(previews[1]!.preview, "second")),
    ).rejects.toMatchObject({ code: "withdrawal_in_flight", details: { withdrawalId: withdrawal.id } });
    expect(await code(withdraw(bench, userId))).toBe("withdrawal_in_flight");
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(50_000 - amountTzs);
  });
});

describe("the connection drops", () => {
  test("after the withdrawal was opened: it is sent once all the same", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 5_000 });
    await neon.arm({ dropAfterCommit: { count: 1, match: "withdrawal_open" } });
    const { withdrawal } = await withdraw(bench, userId);
    await neon.clear();
    expect([withdrawal.state, bench.sends.length]).toEqual(["submitted", 1]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(2_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test.each([
    { status: "accepted", providerReference: "q".repeat(32) },
    { status: "refused", reason: "invalid bankname." },
    { status: "not_sent", reason: "token_unavailable" },
  ] as const)("after the answer $status was recorded: it is recorded once", async (answer) => {
    const bench = createPayoutBench();
    bench.answers = [answer];
    const userId = await createUser({ walletTzs: 5_000 });
    await neon.arm({ dropAfterCommit: { count: 1, match: "withdrawal_sent" } });
    const { withdrawal } = await withdraw(bench, userId);
    await neon.clear();
    expect(withdrawal.state).toBe({ accepted: "submitted", refused: "refused", not_sent: "created" }[answer.status]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(answer.status === "refused" ? 5_000 : 2_000);
    expect(await bookBreaks()).toEqual([]);
  });
});
