// Money in suspense that is not there: a forged or mistaken callback, or money that the provider gave back itself. Two of finance take it out of
// the books, and what turns out to be there after all is refunded all the same.
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { checkBooks } from "../../src/books/service.ts";
import { settleCallback } from "../../src/payments/service.ts";
import { dismissSuspenseItem, refundSuspenseItem } from "../../src/withdrawals/service.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, ids } from "../support/factories.ts";
import { createStaff, type PayoutBench, type StaffActor, tell } from "../support/payouts.ts";
import { callback, importLine, itemOf, other, paidTwice, topUp } from "../support/suspense.ts";

beforeAll(() => {
  env.AZAMPAY_CALLBACK_SIGNATURE = "off" as typeof env.AZAMPAY_CALLBACK_SIGNATURE;
  env.AZAMPAY_CALLBACK_PASSWORD = "";
});
let first: StaffActor;
let second: StaffActor;
beforeEach(async () => {
  [first, second] = [await createStaff(), await createStaff("admin")];
});

const dismiss = (bench: PayoutBench, staff: StaffActor, { id }: { id: string }) =>
  dismissSuspenseItem(bench.deps, staff, {
    suspenseId: Number(id),
    reason: "AzamPay never had it",
    requestId: "req_test",
  });
const code = async (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );
const breaksAbout = async (bench: PayoutBench, ...subjects: string[]) =>
  (await checkBooks(bench.deps)).breaks.filter(({ subject }) => subjects.includes(subject)).map(({ kind }) => kind);
const auditOf = (subject: string) =>
  sql(
    "select actor, action, detail->>'reason' as reason from audit_log where subject = $1 and action like 'suspense_%' order by id",
    [subject],
  );

/** What a forged callback for nothing leaves behind. */
const forged = async () => {
  const { bench, payment } = await topUp();
  const reference = ids.secret(32);
  await settleCallback(bench.deps, callback(payment, { utilityref: ids.secret(26), ...other(reference) }), "req_test");
  return { bench, reference, item: await itemOf(reference) };
};

test("leaves the books by the word of two of finance, with an entry and their reasons", async () => {
  const { bench, reference, item } = await forged();
  const subject = `callback:${(await sql<{ callback_id: string }>("select callback_id from suspense_items where id = $1", [item.id]))[0]!.callback_id}`;
  const [suspense, clearing] = [await balanceOf("suspense"), await balanceOf("azampay_clearing")];
  expect(await breaksAbout(bench, `suspense ${item.id}`)).toEqual(["suspense_open"]);

  expect(await dismiss(bench, first, item)).toMatchObject({
    isDismissed: false,
    item: { state: "open", dismissalAskedBy: `staff:${first.userId}` },
  });
  expect((await dismiss(bench, first, item)).isDismissed).toBe(false);
  expect(await balanceOf("suspense")).toBe(suspense);
  expect(await dismiss(bench, second, item)).toMatchObject({
    isDismissed: true,
    item: { state: "resolved", resolution: "dismissed", resolvedBy: `staff:${second.userId}` },
  });
  for (const again of [first, second]) expect((await dismiss(bench, again, item)).isDismissed).toBe(true);
  expect(await code(dismiss(bench, await createStaff(), item))).toBe("suspense_resolved");

  expect([await balanceOf("suspense"), await balanceOf("azampay_clearing")]).toEqual([
    suspense - 5_000,
    clearing - 5_000,
  ]);
  expect(await breaksAbout(bench, `suspense ${item.id}`, "suspense", reference)).toEqual([]);
  expect(await auditOf(subject)).toEqual([
    { actor: `staff:${first.userId}`, action: "suspense_dismissal_asked", reason: "AzamPay never had it" },
    { actor: `staff:${second.userId}`, action: "suspense_dismissed", reason: "AzamPay never had it" },
  ]);
  expect(await bookBreaks()).toEqual([]);
});

test("is told again in vain, with an alert", async () => {
  const { bench, reference, item } = await forged();
  for (const staff of [first, second]) await dismiss(bench, staff, item);
  const { payment } = await topUp();
  expect(
    await settleCallback(
      bench.deps,
      callback(payment, { utilityref: ids.secret(26), ...other(reference) }),
      "req_test",
    ),
  ).toMatchObject({ outcome: "duplicate", alert: "dismissed_money_told_again" });
});

test("stays while a statement has it as paid, for its payer, and for who is not of finance", async () => {
  const { bench, userId, item, second: reference } = await paidTwice();
  expect(await code(dismiss(bench, await createStaff("support"), item))).toBe("forbidden");
  expect(await code(dismiss(bench, first, { id: "999999999" }))).toBe("suspense_unknown");
  await sql("update users set role = 'finance' where id = $1", [userId]);
  expect(await code(dismiss(bench, { ...first, userId }, item))).toBe("four_eyes_required");
  await dismiss(bench, first, item);
  await importLine(reference, 5_000);
  expect(await code(dismiss(bench, second, item))).toBe("suspense_confirmed");
  expect((await itemOf(reference)).state).toBe("open");
});

test("is not dismissed by one of finance and one who was of finance", async () => {
  const { bench, item } = await forged();
  await dismiss(bench, first, item);
  await sql("update users set role = 'renter' where id = $1", [first.userId]);
  expect(await dismiss(bench, second, item)).toMatchObject({
    isDismissed: false,
    item: { dismissalAskedBy: `staff:${second.userId}` },
  });
  expect((await dismiss(bench, await createStaff(), item)).isDismissed).toBe(true);
});

test("is booked once by twenty at once, and when the connection drops after COMMIT", async () => {
  const { bench, item } = await forged();
  const suspense = await balanceOf("suspense");
  await dismiss(bench, first, item);
  await neon.arm({ dropAfterCommit: { count: 1, match: "suspense_dismiss" } });
  const answers = await Promise.all(Array.from({ length: 20 }, () => dismiss(bench, second, item)));
  await neon.clear();
  expect(answers.map(({ isDismissed }) => isDismissed)).not.toContain(false);
  expect(await balanceOf("suspense")).toBe(suspense - 5_000);
});

test("and that a statement has later is a break again, goes back to its payer, and can be dismissed once more", async () => {
  const { bench, payment, item, second: reference } = await paidTwice();
  const suspense = await balanceOf("suspense");
  for (const staff of [first, second]) await dismiss(bench, staff, item);
  const refund = () =>
    refundSuspenseItem(bench.deps, first, {
      suspenseId: Number(item.id),
      to: "phone",
      reason: "it is there",
      requestId: "req_test",
    });
  expect(await code(refund())).toBe("suspense_unproven");
  await importLine(payment.provider_reference, 5_000, payment.external_id);
  await importLine(reference, 5_000, payment.external_id);
  expect(await breaksAbout(bench, payment.id)).toEqual(["statement_duplicate"]);
  const withdrawal = await refund();
  expect(withdrawal).toMatchObject({ kind: "suspense", state: "submitted", amountTzs: 5_000 });
  expect(await breaksAbout(bench, payment.id, "suspense")).toEqual([]);

  // The provider gives it back itself, and our transfer fails.
  await tell(bench, withdrawal!, { status: "failure" });
  await sql("update statement_lines set status = 'reversed' where provider_reference = $1", [reference]);
  expect(await balanceOf("suspense")).toBe(suspense);
  bench.clock.advance(1_000);
  for (const staff of [first, second]) await dismiss(bench, staff, item);
  expect(await balanceOf("suspense")).toBe(suspense - 5_000);
  expect(await bookBreaks()).toEqual([]);
});
