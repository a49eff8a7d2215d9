import { describe, expect, test } from "vitest";
import { forgiveDebt } from "../../src/ledger/service.ts";
import type { Id } from "../../src/lib/ids.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createStation, createUser, ids } from "../support/factories.ts";
import { createPayoutBench, createStaff, type StaffActor } from "../support/payouts.ts";
import { start } from "../support/verbs.ts";

const bench = () => createPayoutBench();
const forgive = (
  deps: ReturnType<typeof bench>["deps"],
  staff: StaffActor,
  userId: Id<"usr">,
  change: { amountTzs?: number | null; key?: string; bodyHash?: string } = {},
) =>
  forgiveDebt(deps, staff, {
    userId,
    amountTzs: change.amountTzs ?? null,
    reason: "the station kept the bank",
    requestId: "req_test",
    key: { route: "POST forgive", key: change.key ?? ids.secret(8), bodyHash: change.bodyHash ?? "h" },
  });

describe("a debt", () => {
  test("is written off by finance with a reason, and starts are open again", async () => {
    const { deps, ...rest } = bench();
    const userId = await createUser({ walletTzs: 0, debtTzs: 7_000 });
    const staff = await createStaff();
    const before = await balanceOf("bad_debt");
    expect(await forgive(deps, staff, userId, { amountTzs: 3_000 })).toEqual({
      amountTzs: 3_000,
      debtTzs: 4_000,
      isReplay: false,
    });
    expect(await forgive(deps, staff, userId)).toEqual({ amountTzs: 4_000, debtTzs: 0, isReplay: false });
    expect(await balanceOf(`user_debt:${userId}`)).toBe(0);
    expect(await balanceOf("bad_debt")).toBe(before + 7_000);
    expect(
      await sql(
        "select actor, detail->>'reason' as reason, (detail->>'amountTzs')::int as amount from audit_log where subject = $1 order by id",
        [userId],
      ),
    ).toEqual([
      { actor: `staff:${staff.userId}`, reason: "the station kept the bank", amount: 3_000 },
      { actor: `staff:${staff.userId}`, reason: "the station kept the bank", amount: 4_000 },
    ]);
    expect(await sql("select template from messages where user_id = $1", [userId])).toEqual([
      { template: "debt_forgiven" },
      { template: "debt_forgiven" },
    ]);
    await expect(start({ ...rest, deps }, userId, await createStation())).rejects.toMatchObject({
      code: "insufficient_funds",
    });
    expect(await bookBreaks()).toEqual([]);
  });

  test("is written off once for twenty identical orders at once, and for one whose connection drops after COMMIT", async () => {
    const { deps } = bench();
    const userId = await createUser({ debtTzs: 9_000 });
    const staff = await createStaff();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => forgive(deps, staff, userId, { amountTzs: 2_000, key: "same" })),
    );
    expect(answers.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(new Set(answers.map(({ amountTzs }) => amountTzs))).toEqual(new Set([2_000]));
    await neon.arm({ dropAfterCommit: { count: 1, match: "debt_forgive" } });
    expect(await forgive(deps, staff, userId, { amountTzs: 1_000 })).toMatchObject({
      amountTzs: 1_000,
      debtTzs: 6_000,
    });
    await neon.clear();
    expect(await balanceOf(`user_debt:${userId}`)).toBe(6_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test("is not written off beyond what it is, by support, by oneself, for nobody, or under a key of another order", async () => {
    const { deps } = bench();
    const userId = await createUser({ debtTzs: 1_000 });
    const [staff, other] = [await createStaff(), await createUser({ debtTzs: 1_000 })];
    await expect(forgive(deps, staff, userId, { amountTzs: 1_001 })).rejects.toMatchObject({
      code: "payment_amount_invalid",
      details: { debtTzs: 1_000 },
    });
    await expect(forgive(deps, staff, await createUser())).rejects.toMatchObject({ code: "payment_amount_invalid" });
    await expect(forgive(deps, await createStaff("support"), userId)).rejects.toMatchObject({ code: "forbidden" });
    await expect(forgive(deps, staff, staff.userId)).rejects.toMatchObject({ code: "four_eyes_required" });
    await expect(forgive(deps, staff, ids.next("usr"))).rejects.toMatchObject({ code: "user_unknown" });
    await forgive(deps, staff, userId, { amountTzs: 500, key: "k" });
    await expect(forgive(deps, staff, userId, { amountTzs: 400, key: "k", bodyHash: "other" })).rejects.toMatchObject({
      code: "idempotency_mismatch",
    });
    await expect(forgive(deps, staff, other, { amountTzs: 500, key: "k" })).rejects.toMatchObject({
      code: "idempotency_mismatch",
    });
    expect(await balanceOf(`user_debt:${other}`)).toBe(1_000);
  });
});
