// What the provider's answer to a send means, and what becomes of a send that nobody saw the end of.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { runMinute } from "../../src/jobs.ts";
import type { DisburseResult } from "../../src/providers/ports.ts";
import {
  previewWithdrawal,
  requestWithdrawal,
  resendWithdrawal,
  runWithdrawals,
} from "../../src/withdrawals/service.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createUser } from "../support/factories.ts";
import {
  createPayoutBench,
  createStaff,
  type PayoutBench,
  requestOf,
  tell,
  withdraw,
  withdrawalOf,
} from "../support/payouts.ts";
import { asUser } from "../support/verbs.ts";

const WALLET = 10_000;
const AMOUNT = 3_000;
const sweep = (bench: PayoutBench) => runWithdrawals(bench.deps, 50, "req_test");

const answered = async (answer: DisburseResult) => {
  const bench = createPayoutBench();
  bench.answers = [answer];
  const userId = await createUser({ walletTzs: WALLET });
  const { withdrawal } = await withdraw(bench, userId, { amountTzs: AMOUNT, key: "one" });
  return { bench, userId, id: withdrawal.id, withdrawal };
};

describe("the answer to the first send", () => {
  test("on the refusal list gives the money back, and the renter is told", async () => {
    const { bench, userId, id, withdrawal } = await answered({ status: "refused", reason: "invalid bankname." });
    expect(withdrawal).toMatchObject({ state: "refused", reason: "invalid bankname." });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET);
    expect(await sql("select template from messages where user_id = $1", [userId])).toEqual([
      { template: "withdrawal_returned" },
    ]);
    expect((await sweep(bench)).failed).toBe(0);
    expect((await withdrawalOf(id)).state).toBe("refused");
    expect(bench.sends).toHaveLength(1);
    expect(await bookBreaks()).toEqual([]);
  });

  test.each([
    { status: "duplicate" },
    { status: "unknown", reason: "timeout" },
    { status: "unknown", reason: "said: something new" },
  ] as DisburseResult[])(
    "%o leaves it unknown, the money out of the wallet, and nothing is sent again",
    async (answer) => {
      const { bench, userId, id, withdrawal } = await answered(answer);
      expect(withdrawal.state).toBe("unknown");
      const { external_id: externalId } = await withdrawalOf(id);
      for (let i = 0; i < 3; i++) {
        bench.clock.advance(DAY_MS);
        await sweep(bench);
      }
      expect(bench.sends.map((send) => send.externalId)).toEqual([externalId]);
      expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET - AMOUNT);
      expect((await withdrawalOf(id)).state).toBe("unknown");
      expect(await tell(bench, withdrawal, { pgReferenceId: "z".repeat(32) })).toMatchObject({ outcome: "paid" });
      expect(await bookBreaks()).toEqual([]);
    },
  );

  test("that throws leaves it unknown", async () => {
    const bench = createPayoutBench();
    bench.answers = [() => Promise.reject(new Error("the socket broke"))];
    expect((await withdraw(bench, await createUser({ walletTzs: WALLET }))).withdrawal).toMatchObject({
      state: "unknown",
      reason: "exception",
    });
  });

  test("that says nothing was sent is tried again under the same id, and then accepted", async () => {
    const { bench, id } = await answered({ status: "not_sent", reason: "token_unavailable" });
    expect(await withdrawalOf(id)).toMatchObject({ state: "created", sends: 0 });
    await sweep(bench);
    expect(bench.sends).toHaveLength(1);
    bench.clock.advance(MINUTE_MS);
    bench.answers = [];
    await runMinute(bench.deps);
    expect(await withdrawalOf(id)).toMatchObject({ state: "submitted", sends: 1 });
    expect(new Set(bench.sends.map(({ externalId }) => externalId)).size).toBe(1);
  });

  test("that goes on saying so for half an hour gives the money back", async () => {
    const { bench, userId, id } = await answered({ status: "not_sent", reason: "credentials" });
    for (let minute = 0; minute < 31; minute++) {
      bench.clock.advance(MINUTE_MS);
      await sweep(bench);
    }
    expect(await withdrawalOf(id)).toMatchObject({ state: "refused", reason: "credentials" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET);
    expect(await bookBreaks()).toEqual([]);
  });
});

describe("a callback that overtakes the answer", () => {
  test.each([
    ["success", "succeeded", WALLET - AMOUNT],
    ["failure", "failed", WALLET],
  ] as const)("of %s stands when the answer comes", async (status, state, walletTzs) => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: WALLET });
    bench.answers = [
      async ({ externalId }) => {
        const [row] = await sql<{ id: string }>("select id from withdrawals where external_id = $1", [externalId]);
        await tell(bench, { id: row!.id as never }, { status, pgReferenceId: "c".repeat(32) });
        return { status: "accepted", providerReference: "c".repeat(32) };
      },
    ];
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: AMOUNT });
    expect(withdrawal.state).toBe(state);
    expect(await withdrawalOf(withdrawal.id)).toMatchObject({
      state,
      provider_reference: "c".repeat(32),
      needs_review: false,
    });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(walletTzs);
    expect(await bookBreaks()).toEqual([]);
  });

  test("under another provider id than the answer's marks it for review", async () => {
    const bench = createPayoutBench();
    bench.answers = [
      async ({ externalId }) => {
        const [row] = await sql<{ id: string }>("select id from withdrawals where external_id = $1", [externalId]);
        await tell(bench, { id: row!.id as never }, { pgReferenceId: "c".repeat(32) });
        return { status: "accepted", providerReference: "d".repeat(32) };
      },
    ];
    const { withdrawal } = await withdraw(bench, await createUser({ walletTzs: WALLET }));
    expect(withdrawal).toMatchObject({ state: "succeeded", needsReview: true });
  });
});

describe("a send whose end nobody saw", () => {
  /** The Worker ends between the provider's answer and its record. */
  const cut = async (then: DisburseResult = { status: "accepted", providerReference: "e".repeat(32) }) => {
    const bench = createPayoutBench();
    bench.answers = [then];
    const userId = await createUser({ walletTzs: WALLET });
    await neon.arm({ refuse: { match: "withdrawal_sent" } });
    await expect(withdraw(bench, userId, { amountTzs: AMOUNT, key: "one" })).rejects.toMatchObject({
      code: "unavailable",
    });
    await neon.clear();
    const [row] = await sql<{ id: string }>("select id from withdrawals where user_id = $1", [userId]);
    return { bench, userId, id: row!.id };
  };

  test("is unknown after two minutes, is not sent again, and ends by its callback", async () => {
    const { bench, userId, id } = await cut();
    expect((await withdrawalOf(id)).state).toBe("sending");
    await sweep(bench);
    expect((await withdrawalOf(id)).state).toBe("sending");
    bench.clock.advance(2 * MINUTE_MS + 1);
    expect(await sweep(bench)).toMatchObject({ cut: 1 });
    expect(await withdrawalOf(id)).toMatchObject({ state: "unknown", reason: "cut_while_sending" });
    expect(bench.sends).toHaveLength(1);
    expect(await tell(bench, { id: id as never }, { pgReferenceId: "e".repeat(32) })).toMatchObject({
      outcome: "paid",
    });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET - AMOUNT);
    expect(await bookBreaks()).toEqual([]);
  });

  test("answers the renter's own repeat with the same withdrawal, sends nothing, and refuses the key for another one", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: WALLET });
    const shown = { amountTzs: AMOUNT, provider: "mpesa" as const, phone: "0754123456" };
    const [first, other] = await Promise.all([
      previewWithdrawal(bench.deps, asUser(userId), shown),
      previewWithdrawal(bench.deps, asUser(userId), shown),
    ]);
    await neon.arm({ refuse: { match: "withdrawal_sent" } });
    await expect(
      requestWithdrawal(bench.deps, asUser(userId), await requestOf(first.preview, "one")),
    ).rejects.toMatchObject({ code: "unavailable" });
    await neon.clear();
    const again = await requestWithdrawal(bench.deps, asUser(userId), await requestOf(first.preview, "one"));
    expect(again).toMatchObject({ isReplay: true, withdrawal: { state: "sending" } });
    bench.clock.advance(HOUR_MS);
    expect(await requestWithdrawal(bench.deps, asUser(userId), await requestOf(first.preview, "one"))).toMatchObject({
      isReplay: true,
    });
    await expect(
      requestWithdrawal(bench.deps, asUser(userId), await requestOf(other.preview, "one")),
    ).rejects.toMatchObject({ code: "idempotency_mismatch" });
    expect(bench.sends).toHaveLength(1);
    expect(await sql("select count(*)::int as n from withdrawals where user_id = $1", [userId])).toEqual([{ n: 1 }]);
  });
});

describe("a second send by staff", () => {
  test.each([
    [{ status: "accepted", providerReference: "a".repeat(32) }, "submitted"],
    [{ status: "duplicate" }, "unknown"],
    [{ status: "refused", reason: "request expired" }, "unknown"],
    [{ status: "not_sent", reason: "credentials" }, "unknown"],
    [{ status: "unknown", reason: "timeout" }, "unknown"],
  ] as [DisburseResult, string][])("goes under the same id; %o leaves it %s", async (answer, state) => {
    const { bench, userId, id } = await answered({ status: "unknown", reason: "timeout" });
    bench.answers = [answer];
    expect(
      (
        await resendWithdrawal(bench.deps, await createStaff(), {
          withdrawalId: id,
          reason: "no callback",
          requestId: "req_test",
        })
      ).state,
    ).toBe(state);
    expect(bench.sends).toHaveLength(2);
    expect(bench.sends[1]).toEqual(bench.sends[0]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET - AMOUNT);
  });

  test("is refused for one that the provider has, after a day, and to who is not of finance", async () => {
    const { bench, id } = await answered({ status: "accepted", providerReference: "a".repeat(32) });
    const finance = await createStaff();
    await expect(
      resendWithdrawal(bench.deps, finance, { withdrawalId: id, reason: "no callback", requestId: "r" }),
    ).rejects.toMatchObject({ code: "withdrawal_state", details: { state: "submitted" } });
    const unknown = await answered({ status: "unknown", reason: "timeout" });
    await expect(
      resendWithdrawal(unknown.bench.deps, await createStaff("support"), {
        withdrawalId: unknown.id,
        reason: "no callback",
        requestId: "r",
      }),
    ).rejects.toMatchObject({ code: "forbidden" });
    unknown.bench.clock.advance(DAY_MS);
    await expect(
      resendWithdrawal(unknown.bench.deps, finance, {
        withdrawalId: unknown.id,
        reason: "no callback",
        requestId: "r",
      }),
    ).rejects.toMatchObject({ code: "withdrawal_state" });
    expect(unknown.bench.sends).toHaveLength(1);
  });
});

describe("the status query", () => {
  test.each([
    ["succeeded", "succeeded"],
    ["failed", "failed"],
    ["pending", "submitted"],
    ["unknown", "submitted"],
  ] as const)("that says %s leaves a submitted one %s", async (outcome, state) => {
    const { bench, id } = await answered({ status: "accepted", providerReference: "s".repeat(26) + id32() });
    bench.outcome = outcome;
    await sweep(bench);
    expect((await withdrawalOf(id)).state).toBe("submitted");
    bench.clock.advance(MINUTE_MS);
    await sweep(bench);
    expect((await withdrawalOf(id)).state).toBe(state);
    expect(await bookBreaks()).toEqual([]);
  });

  test("is asked in growing intervals, not every minute", async () => {
    const providerReference = "s".repeat(26) + id32();
    const { bench } = await answered({ status: "accepted", providerReference });
    let asked = 0;
    const status = (input: { providerReference: string }) => {
      if (input.providerReference === providerReference) asked++;
      return Promise.resolve("pending" as const);
    };
    bench.deps.payouts = { ...bench.deps.payouts, status };
    for (let minute = 0; minute < 60; minute++) {
      bench.clock.advance(MINUTE_MS);
      await sweep(bench);
    }
    expect(asked).toBeGreaterThan(3);
    expect(asked).toBeLessThan(10);
  });

  test("proves the failure that a callback told", async () => {
    const { bench, id, withdrawal } = await answered({
      status: "accepted",
      providerReference: "s".repeat(26) + id32(),
    });
    await tell(bench, withdrawal, { status: "failure" });
    bench.outcome = "failed";
    bench.clock.advance(MINUTE_MS);
    await sweep(bench);
    expect(await withdrawalOf(id)).toMatchObject({ state: "failed", settled_by: "query" });
  });
});

let ids = 0;
const id32 = (): string => String(++ids).padStart(6, "0");
