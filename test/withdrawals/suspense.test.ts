// Money that came in for nothing, and who gets it back. Above all: nothing that is only told makes money leave.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { runMinute } from "../../src/jobs.ts";
import { DAY_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { settleCallback } from "../../src/payments/service.ts";
import {
  approveWithdrawal,
  refundSuspenseItem,
  runWithdrawals,
  settleDisbursementCallback,
} from "../../src/withdrawals/service.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, ids } from "../support/factories.ts";
import { createStaff, disbursementCallback, type PayoutBench, tell, withdrawalOf } from "../support/payouts.ts";
import { callback, importLine, itemOf, other, paidTwice, topUp } from "../support/suspense.ts";

beforeAll(() => {
  env.AZAMPAY_CALLBACK_SIGNATURE = "off" as typeof env.AZAMPAY_CALLBACK_SIGNATURE;
  env.AZAMPAY_CALLBACK_PASSWORD = "";
});

const refund = (
  bench: PayoutBench,
  staff: Awaited<ReturnType<typeof createStaff>>,
  item: { id: string },
  to: "phone" | "wallet" = "phone",
) =>
  refundSuspenseItem(bench.deps, staff, {
    suspenseId: Number(item.id),
    to,
    reason: "paid twice",
    requestId: "req_test",
  });

describe("a second payment that the statement has", () => {
  test("goes back to the phone that was asked, and the item is closed when it arrived", async () => {
    const { bench, second, item, payment } = await paidTwice();
    const staff = await createStaff();
    await importLine(second, 5_000, payment.external_id);
    const suspense = await balanceOf("suspense");
    const withdrawal = await refund(bench, staff, item);
    expect(withdrawal).toMatchObject({
      kind: "suspense",
      state: "submitted",
      amountTzs: 5_000,
      requestedBy: `staff:${staff.userId}`,
    });
    expect(bench.sends).toMatchObject([{ msisdn: "255754123456", amountTzs: 5_000, provider: "mpesa" }]);
    expect(await balanceOf("suspense")).toBe(suspense - 5_000);
    expect((await itemOf(second)).state).toBe("refunding");
    await expect(refund(bench, staff, item)).rejects.toMatchObject({ code: "suspense_resolved" });
    await tell(bench, withdrawal!);
    expect(await itemOf(second)).toMatchObject({ state: "resolved", resolution: "refunded" });
    expect(await bookBreaks()).toEqual([]);
  });

  test("is in suspense again when the refund did not arrive", async () => {
    const { bench, second, item } = await paidTwice();
    await importLine(second, 5_000);
    const suspense = await balanceOf("suspense");
    const withdrawal = await refund(bench, await createStaff(), item);
    await tell(bench, withdrawal!, { status: "failure" });
    expect((await itemOf(second)).state).toBe("open");
    expect(await balanceOf("suspense")).toBe(suspense);
    bench.outcome = "failed";
    bench.clock.advance(MINUTE_MS);
    await runWithdrawals(bench.deps, 10, "req_test");
    expect((await refund(bench, await createStaff(), item))!.state).toBe("submitted");
    expect(await bookBreaks()).toEqual([]);
  });

  test("needs a second one of staff to be sent again while only a callback told that it did not arrive", async () => {
    const { bench, second, item } = await paidTwice();
    await importLine(second, 5_000);
    const first = await refund(bench, await createStaff(), item);
    await tell(bench, first!, { status: "failure" });
    const staff = await createStaff();
    const again = await refund(bench, staff, item);
    expect(again).toMatchObject({ state: "awaiting_approval", reason: "unproven_failure" });
    expect(bench.sends).toHaveLength(1);
    const input = { withdrawalId: again!.id, reason: "asked AzamPay", requestId: "req_test" };
    await expect(approveWithdrawal(bench.deps, staff, input)).rejects.toMatchObject({ code: "four_eyes_required" });
    expect((await approveWithdrawal(bench.deps, await createStaff(), input)).state).toBe("submitted");
    expect(await bookBreaks()).toEqual([]);
  });

  test("goes into the payer's wallet, where it pays a debt first", async () => {
    const { bench, userId, second, item } = await paidTwice();
    await importLine(second, 5_000);
    await sql(
      "select ledger_post($1, 'test_debt', now(), now(), array['user_debt:' || $2, 'goodwill'], array[2000::bigint, -2000])",
      [`debt:${userId}`, userId],
    );
    expect(await refund(bench, await createStaff(), item, "wallet")).toBeNull();
    expect(await balanceOf(`user_debt:${userId}`)).toBe(0);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(8_000);
    expect(await itemOf(second)).toMatchObject({ state: "resolved", resolution: "credited" });
    expect(bench.sends).toEqual([]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("above the amount of the settings needs a second one of staff, and not the one who asked", async () => {
    const { bench, second, item } = await paidTwice({ config: { WITHDRAWAL_APPROVAL_ABOVE_TZS: 4_999 } });
    await importLine(second, 5_000);
    const staff = await createStaff();
    const withdrawal = await refund(bench, staff, item);
    expect([withdrawal!.state, bench.sends.length]).toEqual(["awaiting_approval", 0]);
    const input = { withdrawalId: withdrawal!.id, reason: "seen", requestId: "req_test" };
    await expect(approveWithdrawal(bench.deps, staff, input)).rejects.toMatchObject({ code: "four_eyes_required" });
    expect((await approveWithdrawal(bench.deps, await createStaff(), input)).state).toBe("submitted");
    expect(bench.sends).toHaveLength(1);
  });

  test("twenty refunds of one item at once send one", async () => {
    const { bench, second, item } = await paidTwice();
    await importLine(second, 5_000);
    const staff = await createStaff();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => refund(bench, staff, item)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(bench.sends).toHaveLength(1);
    expect(await bookBreaks()).toEqual([]);
  });
});

describe("nothing is refunded", () => {
  const refusal = async (work: Promise<unknown>) =>
    work.then(
      () => "refunded",
      (error: { code: string }) => error.code,
    );

  test("that only a callback told, whoever asks and however", async () => {
    const { bench, item } = await paidTwice();
    for (const to of ["phone", "wallet"] as const)
      expect(await refusal(refund(bench, await createStaff("admin"), item, to))).toBe("suspense_unproven");
    bench.deps.config = { ...bench.deps.config, AZAMPAY_COLLECTION_STATUS: "on" };
    for (const said of ["unknown", "pending", "failed"] as const) {
      bench.collection = said;
      expect(await refusal(refund(bench, await createStaff(), item))).toBe("suspense_unproven");
    }
    expect(bench.sends).toEqual([]);
  });

  test("that a statement has in another amount, for another payment, as an outgoing or unpaid line", async () => {
    const staff = await createStaff();
    const [amount, foreign, wrong] = [await paidTwice(), await paidTwice(), await paidTwice()];
    await importLine(amount.second, 4_999);
    await importLine(foreign.second, 5_000, "another-payment-of-somebody");
    await importLine(wrong.second, 5_000);
    await sql("update statement_lines set status = 'reversed' where provider_reference = $1", [wrong.second]);
    for (const { bench, item } of [amount, foreign, wrong])
      expect(await refusal(refund(bench, staff, item))).toBe("suspense_unproven");
  });

  test("that names none of our payments, even where the statement has it", async () => {
    const { bench, payment } = await topUp();
    const reference = ids.secret(32);
    await settleCallback(
      bench.deps,
      callback(payment, { utilityref: ids.secret(26), ...other(reference) }),
      "req_test",
    );
    await importLine(reference, 5_000);
    expect(await refusal(refund(bench, await createStaff(), await itemOf(reference)))).toBe("suspense_unproven");
  });

  test("for a transaction that was credited to another payment: there is nothing in suspense", async () => {
    const [victim, thief] = [await topUp(), await topUp()];
    await settleCallback(victim.bench.deps, callback(victim.payment), "req_test");
    await settleCallback(thief.bench.deps, callback(thief.payment), "req_test");
    const claim = callback(thief.payment, other(victim.payment.provider_reference));
    expect(await settleCallback(thief.bench.deps, claim, "req_test")).toMatchObject({ alert: "reference_reused" });
    await importLine(victim.payment.provider_reference, 5_000);
    expect(await itemOf(victim.payment.provider_reference)).toBeUndefined();
    expect(thief.bench.sends).toEqual([]);
  });

  test("for a transaction that another payment was told of", async () => {
    const [victim, thief] = [await topUp(), await topUp()];
    await settleCallback(thief.bench.deps, callback(thief.payment), "req_test");
    await settleCallback(
      thief.bench.deps,
      callback(thief.payment, other(victim.payment.provider_reference)),
      "req_test",
    );
    await importLine(victim.payment.provider_reference, 5_000);
    expect(
      await refusal(refund(thief.bench, await createStaff(), await itemOf(victim.payment.provider_reference))),
    ).toBe("suspense_unproven");
  });

  test("beyond what the payer was asked for on the word of a query, which says no amount", async () => {
    const { bench, payment } = await topUp({ config: { AZAMPAY_COLLECTION_STATUS: "on" } });
    bench.collection = "succeeded";
    await settleCallback(bench.deps, callback(payment, { amount: "5000000" }), "req_test");
    expect(await refusal(refund(bench, await createStaff(), await itemOf(payment.provider_reference)))).toBe(
      "suspense_unproven",
    );
    expect(bench.sends).toEqual([]);
  });

  test("to one of staff himself, or by who is not of finance", async () => {
    const { bench, userId, second, item } = await paidTwice();
    await importLine(second, 5_000);
    await sql("update users set role = 'finance' where id = $1", [userId]);
    expect(
      await refusal(refund(bench, { kind: "staff", userId, sessionId: ids.next("ses"), role: "finance" }, item)),
    ).toBe("four_eyes_required");
    expect(await refusal(refund(bench, await createStaff("support"), item))).toBe("forbidden");
  });
});

test("a query that confirms the transaction proves it up to what was asked", async () => {
  const { bench, item } = await paidTwice({ config: { AZAMPAY_COLLECTION_STATUS: "on" } });
  bench.collection = "succeeded";
  expect((await refund(bench, await createStaff(), item))!.state).toBe("submitted");
  expect(bench.sends).toMatchObject([{ amountTzs: 5_000 }]);
});

test("no forged callback, with every field plausible and every secret known, makes money leave", async () => {
  const { bench, userId, payment } = await topUp();
  const forged = [
    callback(payment, { amount: "4000000" }),
    callback(payment, other(ids.secret(32))),
    callback(payment, { utilityref: ids.secret(26) }),
    callback(payment, { amount: "1" }),
  ];
  for (const body of forged) await settleCallback(bench.deps, body, "req_test");
  const row = {
    id: ids.next("wdr"),
    state: "",
    reason: null,
    settled_by: null,
    needs_review: false,
    external_id: ids.secret(26),
    provider_reference: ids.secret(32),
    amount_tzs: "5000",
    sends: 1,
  };
  for (const status of ["success", "failure"])
    await settleDisbursementCallback(bench.deps, disbursementCallback(row, { status }), "req_test");
  for (let day = 0; day < 8; day++) {
    await runMinute(bench.deps);
    bench.clock.advance(DAY_MS);
  }
  expect(bench.sends).toEqual([]);
  expect(await sql("select 1 from withdrawals where user_id = $1", [userId])).toEqual([]);
  expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
  expect(await withdrawalOf(row.id)).toBeUndefined();
  expect(await bookBreaks()).toEqual([]);
});
