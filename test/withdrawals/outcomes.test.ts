// The state machine of a withdrawal by table: what each source says in each state, and what it makes of it.
import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { proveWithdrawal } from "../../src/withdrawals/repository-outcome.ts";
import { balanceOf, bookBreaks, createUser } from "../support/factories.ts";
import { sql } from "../support/control.ts";
import {
  createPayoutBench,
  createStaff,
  disbursementCallback,
  nextReference,
  type PayoutBench,
  tell,
  withdraw,
  withdrawalOf,
} from "../support/payouts.ts";
import {
  approveWithdrawal,
  rejectWithdrawal,
  runWithdrawals,
  settleDisbursementCallback,
} from "../../src/withdrawals/service.ts";

const WALLET = 10_000;
const AMOUNT = 3_000;

type State =
  | "awaiting_approval"
  | "created"
  | "submitted"
  | "unknown"
  | "succeeded"
  | "failed"
  | "refused"
  | "rejected";

/** A renter's withdrawal in this state. */
const inState = async (state: State) => {
  const config = state === "awaiting_approval" || state === "rejected" ? { WITHDRAWAL_APPROVAL_ABOVE_TZS: 1_000 } : {};
  const bench = createPayoutBench({ config });
  const userId = await createUser({ walletTzs: WALLET });
  if (state === "created") bench.answers = [{ status: "not_sent", reason: "token_unavailable" }];
  if (state === "unknown") bench.answers = [{ status: "unknown", reason: "timeout" }];
  if (state === "refused") bench.answers = [{ status: "refused", reason: "request expired" }];
  const { withdrawal } = await withdraw(bench, userId, { amountTzs: AMOUNT });
  if (state === "succeeded") await tell(bench, withdrawal);
  if (state === "failed") await tell(bench, withdrawal, { status: "failure" });
  if (state === "rejected")
    await rejectWithdrawal(bench.deps, await createStaff(), {
      withdrawalId: withdrawal.id,
      reason: "looks wrong",
      requestId: "req_test",
    });
  expect((await withdrawalOf(withdrawal.id)).state).toBe(state);
  return { bench, userId, id: withdrawal.id };
};

type Said = "success" | "failure" | "processing" | "other amount" | "other reference" | "no amount";
const said: Record<
  Said,
  (bench: PayoutBench, id: string) => Promise<{ outcome: string; alert?: string | null | undefined }>
> = {
  success: async (bench, id) => tell(bench, { id } as never, { message: "told" }),
  failure: async (bench, id) => tell(bench, { id } as never, { status: "failure", message: "told" }),
  processing: async (bench, id) => tell(bench, { id } as never, { status: "processing" }),
  "other amount": async (bench, id) => tell(bench, { id } as never, { amount: String(AMOUNT + 1) }),
  "no amount": async (bench, id) => tell(bench, { id } as never, { amount: null }),
  "other reference": async (bench, id) =>
    tell(bench, { id } as never, { pgReferenceId: "f".repeat(32), message: "another" }),
};

const never = { outcome: "ignored", alert: "withdrawal_never_sent" };
const table: [State, Said, State, { outcome: string; alert?: string }][] = [
  ["awaiting_approval", "success", "awaiting_approval", never],
  ["awaiting_approval", "failure", "awaiting_approval", never],
  ["created", "success", "created", never],
  ["created", "failure", "created", never],
  ["rejected", "success", "rejected", never],
  ["submitted", "success", "succeeded", { outcome: "paid" }],
  ["submitted", "failure", "failed", { outcome: "returned" }],
  ["submitted", "processing", "submitted", { outcome: "ignored", alert: "unknown_status_word" }],
  ["submitted", "other amount", "submitted", { outcome: "ignored", alert: "withdrawal_wrong_amount" }],
  ["submitted", "no amount", "submitted", { outcome: "ignored", alert: "withdrawal_wrong_amount" }],
  ["submitted", "other reference", "submitted", { outcome: "ignored", alert: "withdrawal_reference_mismatch" }],
  ["unknown", "success", "succeeded", { outcome: "paid" }],
  ["unknown", "failure", "failed", { outcome: "returned" }],
  ["unknown", "other amount", "unknown", { outcome: "ignored", alert: "withdrawal_wrong_amount" }],
  ["succeeded", "success", "succeeded", { outcome: "duplicate" }],
  ["succeeded", "failure", "succeeded", { outcome: "conflict", alert: "withdrawal_failed_after_paid" }],
  ["failed", "failure", "failed", { outcome: "duplicate" }],
  ["failed", "success", "failed", { outcome: "conflict", alert: "withdrawal_paid_after_return" }],
  ["refused", "success", "refused", { outcome: "conflict", alert: "withdrawal_paid_after_return" }],
  ["refused", "failure", "refused", { outcome: "duplicate" }],
];

const inClearing = new Set<State>(["awaiting_approval", "created", "submitted", "unknown"]);

describe("a callback about a withdrawal", () => {
  test.each(table)("that is %s, saying %s, leaves it %s", async (from, word, to, expected) => {
    const { bench, userId, id } = await inState(from);
    const clearing = await balanceOf("withdrawal_clearing");
    expect(await said[word](bench, id)).toMatchObject(expected);
    expect((await withdrawalOf(id)).state).toBe(to);
    const isBack = to === "failed" || to === "refused" || to === "rejected";
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(isBack ? WALLET : WALLET - AMOUNT);
    expect((await balanceOf("withdrawal_clearing")) - clearing).toBe(
      inClearing.has(from) && !inClearing.has(to) ? -AMOUNT : 0,
    );
    expect(bench.sends.length).toBeLessThanOrEqual(1);
    expect(await bookBreaks()).toEqual([]);
  });

  test("that names no withdrawal of ours moves nothing", async () => {
    const { bench, id } = await inState("submitted");
    const clearing = await balanceOf("azampay_clearing");
    expect(await tell(bench, { id }, { initiatorReferenceId: "guessed0000000000000000000" })).toMatchObject({
      outcome: "ignored",
      alert: "unknown_withdrawal",
    });
    expect(await balanceOf("azampay_clearing")).toBe(clearing);
  });

  test("that cannot be read is stored and moves nothing", async () => {
    const { bench } = await inState("submitted");
    for (const body of ["", "[]", '{"status":"success"}', "not json"]) {
      expect(await settleDisbursementCallback(bench.deps, body, "req_test")).toMatchObject({ outcome: "ignored" });
    }
    expect(
      await sql(
        "select count(*)::int as n from withdrawal_callbacks where withdrawal_id is null and state = 'applied' and outcome = 'ignored'",
      ),
    ).toEqual([{ n: 5 }]);
  });

  test("that comes twenty times at once pays once", async () => {
    const { bench, id } = await inState("submitted");
    const body = disbursementCallback(await withdrawalOf(id));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => settleDisbursementCallback(bench.deps, body, "req_test")),
    );
    expect(outcomes.filter(({ outcome }) => outcome === "paid")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "duplicate")).toHaveLength(19);
    expect(
      await sql("select count(*)::int as n from journal_entries where reference = $1", [`withdrawal:${id}:paid`]),
    ).toEqual([{ n: 1 }]);
  });

  test("of success and one of failure at the same moment end it once, one way", async () => {
    const { bench, userId, id } = await inState("submitted");
    const outcomes = await Promise.all([tell(bench, { id }), tell(bench, { id }, { status: "failure" })]);
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(
      ["conflict", outcomes.some(({ outcome }) => outcome === "paid") ? "paid" : "returned"].toSorted(),
    );
    const { state, needs_review } = await withdrawalOf(id);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(state === "succeeded" ? WALLET - AMOUNT : WALLET);
    expect(needs_review).toBe(true);
    expect(await bookBreaks()).toEqual([]);
  });

  test("is kept sealed when the money part fails, and applied once when it is tried again by cron", async () => {
    const { bench, userId, id } = await inState("submitted");
    await sql(
      `alter table accounts add constraint accounts_test_block check (code <> 'user_wallet:${userId}') not valid`,
    );
    expect(await tell(bench, { id }, { status: "failure" })).toMatchObject({
      outcome: "stored",
      alert: "callback_failed",
    });
    await sql("alter table accounts drop constraint accounts_test_block");
    expect(await runWithdrawals(bench.deps, 50, "req_test")).toMatchObject({ failed: 0 });
    expect((await withdrawalOf(id)).state).toBe("failed");
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET);
    expect(await sql("select 1 from withdrawal_callbacks where state = 'failed'")).toEqual([]);
  });
});

describe("a proof of our own", () => {
  const prove = async (
    bench: PayoutBench,
    id: string,
    source: "query" | "statement",
    result: "succeeded" | "failed",
  ) => {
    const { provider_reference } = await withdrawalOf(id);
    return proveWithdrawal(bench.deps.db, {
      withdrawalId: id as never,
      source,
      result,
      amountTzs: source === "query" ? null : AMOUNT,
      providerReference: provider_reference ?? "p".repeat(32),
      messageId: bench.deps.ids.next("msg"),
      nowMs: bench.clock.now(),
      requestId: "req_test",
    });
  };

  test.each([
    ["query", "succeeded"],
    ["query", "failed"],
    ["statement", "succeeded"],
    ["statement", "failed"],
  ] as const)("by %s ends a submitted one as %s", async (source, result) => {
    const { bench, id } = await inState("submitted");
    expect(await prove(bench, id, source, result)).toMatchObject({
      outcome: result === "succeeded" ? "paid" : "returned",
    });
    expect(await withdrawalOf(id)).toMatchObject({ state: result, settled_by: source });
    expect(await bookBreaks()).toEqual([]);
  });

  test("of a failure that a callback told lets the renter withdraw again without staff", async () => {
    const { bench, userId, id } = await inState("failed");
    bench.clock.advance(HOUR_MS);
    const second = await withdraw(bench, userId, { amountTzs: AMOUNT });
    expect(second.withdrawal).toMatchObject({ state: "awaiting_approval", reason: "unproven_failure" });
    expect(bench.sends).toHaveLength(1);
    await rejectWithdrawal(bench.deps, await createStaff(), {
      withdrawalId: second.withdrawal.id,
      reason: "wait for the query",
      requestId: "req_test",
    });
    expect(await prove(bench, id, "query", "failed")).toMatchObject({ outcome: "duplicate" });
    expect((await withdraw(bench, userId, { amountTzs: AMOUNT })).withdrawal.state).toBe("submitted");
  });

  test("of a failure that overtook the send's own answer is asked for, once the answer named it", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: WALLET });
    const reference = nextReference();
    bench.answers = [
      async () => {
        const [row] = await sql<{ id: Id<"wdr"> }>("select id from withdrawals where user_id = $1", [userId]);
        await tell(bench, row!, { status: "failure", pgReferenceId: null });
        return { status: "accepted", providerReference: reference };
      },
    ];
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: AMOUNT });
    expect(withdrawal).toMatchObject({ state: "failed", settledBy: "callback" });
    expect((await withdrawalOf(withdrawal.id)).provider_reference).toBe(reference);
    bench.outcome = "failed";
    bench.clock.advance(MINUTE_MS);
    await runWithdrawals(bench.deps, 200, "req_test");
    expect((await withdrawalOf(withdrawal.id)).settled_by).toBe("query");
  });

  test("that contradicts a callback marks it for review, and the next one waits for staff", async () => {
    const { bench, userId, id } = await inState("failed");
    expect(await prove(bench, id, "query", "succeeded")).toMatchObject({
      outcome: "conflict",
      alert: "withdrawal_paid_after_return",
    });
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: AMOUNT });
    expect(withdrawal).toMatchObject({ state: "awaiting_approval", reason: "review" });
    expect(
      (
        await approveWithdrawal(bench.deps, await createStaff(), {
          withdrawalId: withdrawal.id,
          reason: "called the renter",
          requestId: "req_test",
        })
      ).state,
    ).toBe("submitted");
  });
});
