import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import {
  approveWithdrawal,
  closeUnproven,
  listOpenWithdrawals,
  rejectWithdrawal,
} from "../../src/withdrawals/service.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createUser } from "../support/factories.ts";
import {
  createPayoutBench,
  createStaff,
  type PayoutBench,
  type StaffActor,
  tell,
  withdraw,
  withdrawalOf,
} from "../support/payouts.ts";

const WALLET = 10_000;
const AMOUNT = 3_000;

const waiting = async (userId?: Id<"usr">) => {
  const bench = createPayoutBench({ config: { WITHDRAWAL_APPROVAL_ABOVE_TZS: 2_000 } });
  const renterId = userId ?? (await createUser({ walletTzs: WALLET }));
  const { withdrawal } = await withdraw(bench, renterId, { amountTzs: AMOUNT });
  expect(withdrawal).toMatchObject({ state: "awaiting_approval", reason: "amount" });
  expect(bench.sends).toEqual([]);
  const input = { withdrawalId: withdrawal.id, reason: "checked by phone", requestId: "req_test" };
  return { bench, userId: renterId, id: withdrawal.id, input };
};

describe("above the amount of the settings", () => {
  test("a withdrawal waits until finance lets it go, and is then sent once", async () => {
    const { bench, id, input } = await waiting();
    const staff = await createStaff();
    expect((await approveWithdrawal(bench.deps, staff, input)).state).toBe("submitted");
    expect((await approveWithdrawal(bench.deps, staff, input)).state).toBe("submitted");
    expect(bench.sends).toHaveLength(1);
    await expect(approveWithdrawal(bench.deps, await createStaff(), input)).rejects.toMatchObject({
      code: "withdrawal_state",
      details: { state: "submitted" },
    });
    expect(
      await sql(
        "select actor, detail->>'reason' as reason from audit_log where subject = $1 and action = 'withdrawal_approved'",
        [id],
      ),
    ).toEqual([{ actor: `staff:${staff.userId}`, reason: "checked by phone" }]);
  });

  test("a rejection gives the money back, and cannot be turned round", async () => {
    const { bench, userId, input } = await waiting();
    const staff = await createStaff("admin");
    expect((await rejectWithdrawal(bench.deps, staff, input)).state).toBe("rejected");
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET);
    await expect(approveWithdrawal(bench.deps, staff, input)).rejects.toMatchObject({ code: "withdrawal_state" });
    expect(bench.sends).toEqual([]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("nobody approves a withdrawal of his own", async () => {
    const staff = await createStaff();
    await sql(
      "select ledger_post($1, 'test_funding', now(), now(), array['azampay_clearing', 'user_wallet:' || $2], array[10000::bigint, -10000])",
      [`fund:${staff.userId}`, staff.userId],
    );
    const { bench, input } = await waiting(staff.userId);
    await expect(approveWithdrawal(bench.deps, staff, input)).rejects.toMatchObject({ code: "four_eyes_required" });
    expect(bench.sends).toEqual([]);
  });

  test.each(["support", "agent"] as const)(
    "%s may not, and neither may finance whose role or account ended under a token that lives",
    async (role) => {
      const { bench, input } = await waiting();
      await expect(approveWithdrawal(bench.deps, await createStaff(role), input)).rejects.toMatchObject({
        code: "forbidden",
      });
      const former = await createStaff();
      await sql(
        role === "agent"
          ? "update users set role = 'renter' where id = $1"
          : "update users set state = 'suspended' where id = $1",
        [former.userId],
      );
      await expect(approveWithdrawal(bench.deps, former, input)).rejects.toMatchObject({ code: "forbidden" });
      expect(bench.sends).toEqual([]);
    },
  );

  test("two approvals at once send once", async () => {
    const { bench, input } = await waiting();
    const people = await Promise.all([createStaff(), createStaff()]);
    const results = await Promise.allSettled(people.map((staff) => approveWithdrawal(bench.deps, staff, input)));
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(bench.sends).toHaveLength(1);
  });

  test("an approval whose connection drops after COMMIT sends once", async () => {
    const { bench, input } = await waiting();
    await neon.arm({ dropAfterCommit: { count: 1, match: "withdrawal_decide" } });
    expect((await approveWithdrawal(bench.deps, await createStaff(), input)).state).toBe("submitted");
    await neon.clear();
    expect(bench.sends).toHaveLength(1);
  });

  test("what waits is on the list of staff, without the recipient", async () => {
    const { bench, id } = await waiting();
    const { items } = await listOpenWithdrawals(bench.deps, { cursor: null, limit: 50 });
    expect(items.find((each) => each.id === id)).toMatchObject({ state: "awaiting_approval" });
  });
});

describe("a withdrawal that nobody can prove", () => {
  const unknown = async () => {
    const bench = createPayoutBench();
    bench.answers = [{ status: "unknown", reason: "timeout" }];
    const userId = await createUser({ walletTzs: WALLET });
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: AMOUNT });
    return { bench, userId, id: withdrawal.id };
  };
  const vote = (bench: PayoutBench, staff: StaffActor, id: Id<"wdr">, outcome: "paid" | "returned") =>
    closeUnproven(bench.deps, staff, {
      withdrawalId: id,
      outcome,
      reason: "AzamPay's mail of Monday",
      requestId: "req_test",
    });

  test("is not closed before 72 hours, to the millisecond", async () => {
    const { bench, id } = await unknown();
    const staff = await createStaff();
    bench.clock.advance(72 * HOUR_MS - 1);
    await expect(vote(bench, staff, id, "returned")).rejects.toMatchObject({
      code: "too_early",
      details: { notBefore: new Date(bench.clock.now() + 1).toISOString() },
    });
    bench.clock.advance(1);
    expect(await vote(bench, staff, id, "returned")).toMatchObject({ isClosed: false });
  });

  test.each([
    ["paid", "succeeded", WALLET - AMOUNT],
    ["returned", "failed", WALLET],
  ] as const)("is closed as %s by two who say so", async (outcome, state, walletTzs) => {
    const { bench, userId, id } = await unknown();
    const [one, two] = [await createStaff(), await createStaff("admin")];
    bench.clock.advance(72 * HOUR_MS);
    expect(await vote(bench, one, id, outcome)).toMatchObject({ isClosed: false, withdrawal: { state: "unknown" } });
    expect(await vote(bench, two, id, outcome)).toMatchObject({ isClosed: true, withdrawal: { state } });
    expect(await withdrawalOf(id)).toMatchObject({ state, settled_by: "staff" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(walletTzs);
    expect(await vote(bench, two, id, outcome)).toMatchObject({ isClosed: true });
    expect(await sql("select count(*)::int as n from withdrawal_votes where withdrawal_id = $1", [id])).toEqual([
      { n: 2 },
    ]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("is not closed by one who says it twice, by two who disagree, or by the renter", async () => {
    const { bench, userId, id } = await unknown();
    const [one, two, three] = [await createStaff(), await createStaff(), await createStaff()];
    bench.clock.advance(73 * HOUR_MS);
    await vote(bench, one, id, "paid");
    expect(await vote(bench, one, id, "paid")).toMatchObject({ isClosed: false });
    expect(await vote(bench, two, id, "returned")).toMatchObject({ isClosed: false });
    await sql("update users set role = 'finance' where id = $1", [userId]);
    await expect(vote(bench, { ...one, userId }, id, "returned")).rejects.toMatchObject({ code: "four_eyes_required" });
    await sql("update users set role = 'renter' where id = $1", [two.userId]);
    expect(await vote(bench, three, id, "returned")).toMatchObject({ isClosed: false });
    expect(await vote(bench, three, id, "paid")).toMatchObject({ isClosed: true, withdrawal: { state: "succeeded" } });
  });

  test("is closed by a callback after one voice, and the voice counts no more", async () => {
    const { bench, id } = await unknown();
    const staff = await createStaff();
    bench.clock.advance(72 * HOUR_MS);
    await vote(bench, staff, id, "returned");
    expect(await tell(bench, { id })).toMatchObject({ outcome: "paid" });
    await expect(vote(bench, await createStaff(), id, "returned")).rejects.toMatchObject({ code: "withdrawal_state" });
    expect(await bookBreaks()).toEqual([]);
  });

  test("what somebody said about it cannot be changed or taken away", async () => {
    const { bench, id } = await unknown();
    bench.clock.advance(72 * HOUR_MS);
    await vote(bench, await createStaff(), id, "paid");
    await expect(sql("update withdrawal_votes set outcome = 'returned'")).rejects.toMatchObject({
      constraint: "withdrawal_votes_append_only",
    });
    await expect(sql("delete from withdrawals where id = $1", [id])).rejects.toMatchObject({
      constraint: "withdrawals_append_only",
    });
    await expect(sql("update withdrawals set amount_tzs = 1 where id = $1", [id])).rejects.toMatchObject({
      constraint: "withdrawals_append_only",
    });
  });
});

test("a failure that only a callback told is confirmed by two of staff, and the renter withdraws without them again", async () => {
  const bench = createPayoutBench();
  const userId = await createUser({ walletTzs: WALLET });
  const { withdrawal } = await withdraw(bench, userId, { amountTzs: AMOUNT });
  await tell(bench, withdrawal, { status: "failure" });
  bench.clock.advance(30 * 24 * HOUR_MS);
  const waits = await withdraw(bench, userId, { amountTzs: AMOUNT });
  expect(waits.withdrawal.state).toBe("awaiting_approval");
  await rejectWithdrawal(bench.deps, await createStaff(), {
    withdrawalId: waits.withdrawal.id,
    reason: "first things first",
    requestId: "req_test",
  });
  for (const staff of [await createStaff(), await createStaff()]) {
    await closeUnproven(bench.deps, staff, {
      withdrawalId: withdrawal.id,
      outcome: "returned",
      reason: "their statement",
      requestId: "req_test",
    });
  }
  expect((await withdraw(bench, userId, { amountTzs: AMOUNT })).withdrawal.state).toBe("submitted");
  expect(await bookBreaks()).toEqual([]);
});

describe("a withdrawal that the provider contradicted", () => {
  const contradicted = async (first: "success" | "failure") => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: WALLET });
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: AMOUNT });
    await tell(bench, withdrawal, { status: first });
    bench.clock.advance(1_000);
    await tell(bench, withdrawal, { status: first === "success" ? "failure" : "success" });
    return { bench, userId, id: withdrawal.id };
  };
  const agree = async (bench: PayoutBench, id: Id<"wdr">, outcome: "paid" | "returned") => {
    let last;
    for (const staff of [await createStaff(), await createStaff()]) {
      bench.clock.advance(1_000);
      last = await closeUnproven(bench.deps, staff, {
        withdrawalId: id,
        outcome,
        reason: "their statement",
        requestId: "req_test",
      });
    }
    return last;
  };

  test("and that was paid after all is taken from the wallet, the rest as a debt", async () => {
    const { bench, userId, id } = await contradicted("failure");
    await sql(
      "select ledger_post($1, 'test_spent', now(), now(), array['user_wallet:' || $2, 'bank'], array[8000::bigint, -8000])",
      [`spent:${userId}`, userId],
    );
    expect(await agree(bench, id, "paid")).toMatchObject({
      isClosed: true,
      withdrawal: { state: "succeeded", needsReview: false },
    });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect(await balanceOf(`user_debt:${userId}`)).toBe(1_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test("and that failed after all is given back, once", async () => {
    const { bench, userId, id } = await contradicted("success");
    expect(await agree(bench, id, "returned")).toMatchObject({ isClosed: true, withdrawal: { state: "failed" } });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET);
    await expect(agree(bench, id, "returned")).resolves.toMatchObject({ isClosed: true });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET);
    expect(await bookBreaks()).toEqual([]);
  });

  test("and that is as it was is only cleared", async () => {
    const { bench, userId, id } = await contradicted("failure");
    expect(await agree(bench, id, "returned")).toMatchObject({
      isClosed: true,
      withdrawal: { state: "failed", needsReview: false },
    });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET);
    expect((await withdraw(bench, userId, { amountTzs: AMOUNT })).withdrawal.state).toBe("submitted");
  });

  test("and is contradicted again after it was corrected is corrected again", async () => {
    const { bench, userId, id } = await contradicted("failure");
    await agree(bench, id, "paid");
    bench.clock.advance(1_000);
    expect(await tell(bench, { id }, { status: "failure", message: "again" })).toMatchObject({ outcome: "conflict" });
    await agree(bench, id, "returned");
    bench.clock.advance(1_000);
    expect(await tell(bench, { id }, { message: "and again" })).toMatchObject({ outcome: "conflict" });
    await agree(bench, id, "paid");
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(WALLET - AMOUNT);
    expect(await bookBreaks()).toEqual([]);
  });
});
