import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { MINUTE_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { initiatePayment, retryCallback, settleCallback } from "../../src/payments/service.ts";
import { abandonRental, continueAfterPayment } from "../../src/rentals/service.ts";
import { neon, sql } from "../support/control.ts";
import {
  balanceOf,
  bookBreaks,
  createStation,
  createUser,
  fundWallet,
  ids,
  type TestStation,
} from "../support/factories.ts";
import { asUser, type Bench, createBench, start } from "../support/verbs.ts";

const PHONE = "0754 123 456";

interface PaymentRow {
  id: Id<"pay">;
  external_id: string;
  provider_reference: string | null;
  state: string;
  reason: string | null;
  amount_tzs: string;
}

const paymentOf = async (column: "rental_id" | "id", id: string) =>
  (await sql<PaymentRow>(`select * from payments where ${column} = $1`, [id]))[0]!;
const rentalOf = async (id: string) =>
  (await sql<{ status: string; reason: string }>("select status, reason from rentals where id = $1", [id]))[0]!;

/** The documented callback for a payment, as AzamPay posts it. */
const callbackFor = (payment: PaymentRow, changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    message: "Transaction completed successfully",
    user: null,
    password: env.AZAMPAY_CALLBACK_PASSWORD,
    clientId: null,
    transactionstatus: "success",
    operator: "Mpesa",
    reference: payment.provider_reference,
    externalreference: payment.provider_reference,
    utilityref: payment.external_id,
    amount: payment.amount_tzs,
    transid: payment.provider_reference,
    msisdn: "255754123456",
    mnoreference: "MNO1",
    submerchantAcc: null,
    additionalProperties: null,
    ...changes,
  });

const receive = async (bench: Bench, body: string) => {
  const settled = await settleCallback(bench.deps, body, "req_test");
  await continueAfterPayment(bench.deps, settled, "req_test");
  return settled;
};

interface Waiting {
  bench: Bench;
  userId: Id<"usr">;
  station: TestStation;
  rentalId: Id<"rnt">;
  payment: PaymentRow;
}

/** A rental that waits for its deposit. */
const waitForDeposit = async (walletTzs = 0, bench = createBench()): Promise<Waiting> => {
  const userId = await createUser({ walletTzs });
  const station = await createStation();
  const { rental } = await start(bench, userId, station, { phone: PHONE });
  return { bench, userId, station, rentalId: rental.id, payment: await paymentOf("rental_id", rental.id) };
};

beforeAll(() => {
  env.AZAMPAY_CALLBACK_SIGNATURE = "off" as typeof env.AZAMPAY_CALLBACK_SIGNATURE;
});

describe("a paid deposit", () => {
  test("is credited, held and makes the station hand out the bank", async () => {
    const { bench, userId, station, rentalId, payment } = await waitForDeposit(1_500);
    expect(payment).toMatchObject({ state: "submitted", amount_tzs: "3500" });
    expect(await receive(bench, callbackFor(payment))).toMatchObject({ outcome: "credited", dispense: true });
    expect(await rentalOf(rentalId)).toEqual({ status: "dispensing", reason: "deposit_held" });
    expect(await balanceOf(`user_hold:${rentalId}`)).toBe(5_000);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect(bench.stations.calls.at(-1)).toMatchObject({
      verb: "dispense",
      stationId: station.id,
      input: { rentalId, wasPaid: true, notAfterMs: bench.clock.now() + 180_000 },
    });
    expect(await bookBreaks()).toEqual([]);
  });

  test("is credited once for twenty identical callbacks at once", async () => {
    const { bench, rentalId, payment } = await waitForDeposit();
    const body = callbackFor(payment);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => receive(bench, body)));
    expect(outcomes.filter(({ outcome }) => outcome === "credited")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "duplicate")).toHaveLength(19);
    expect(await balanceOf(`user_hold:${rentalId}`)).toBe(5_000);
    expect(await sql("select count(*)::int as n from payment_callbacks where payment_id = $1", [payment.id])).toEqual([
      { n: 1 },
    ]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("is credited once when the provider says the same in other bytes", async () => {
    const { bench, rentalId, payment } = await waitForDeposit();
    await receive(bench, callbackFor(payment));
    expect(await receive(bench, callbackFor(payment, { message: "again" }))).toMatchObject({ outcome: "duplicate" });
    expect(await balanceOf(`user_hold:${rentalId}`)).toBe(5_000);
  });

  test("goes to the wallet when it comes after the slot was given up, and the renter is told", async () => {
    const { bench, userId, rentalId, payment } = await waitForDeposit();
    bench.clock.advance(3 * MINUTE_MS + 1);
    expect(await receive(bench, callbackFor(payment))).toMatchObject({ outcome: "credited", dispense: false });
    expect(await rentalOf(rentalId)).toEqual({ status: "cancelled", reason: "lease_expired" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
    expect(await sql("select template from messages where user_id = $1", [userId])).toEqual([
      { template: "payment_late" },
    ]);
    expect(bench.stations.calls.filter(({ verb }) => verb === "dispense")).toEqual([]);
  });

  test("goes to the wallet after the renter gave up himself", async () => {
    const { bench, userId, rentalId, payment } = await waitForDeposit();
    await abandonRental(bench.deps, asUser(userId), rentalId, "req_test");
    await receive(bench, callbackFor(payment));
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
    expect(await rentalOf(rentalId)).toEqual({ status: "cancelled", reason: "renter" });
  });

  test("cancels the rental when the wallet was used meanwhile", async () => {
    const { bench, userId, station, rentalId, payment } = await waitForDeposit(1_500);
    await sql(
      "select ledger_post($1, 'test', now(), now(), array['user_wallet:' || $2, 'bank'], array[1500::bigint, -1500])",
      [`spent:${userId}`, userId],
    );
    expect(await receive(bench, callbackFor(payment))).toMatchObject({ outcome: "credited", dispense: false });
    expect(await rentalOf(rentalId)).toEqual({ status: "cancelled", reason: "wallet_used" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(3_500);
    expect(bench.stations.calls.at(-1)).toMatchObject({ verb: "release", stationId: station.id });
  });

  test("pays an open debt before anything else", async () => {
    const bench = createBench();
    const userId = await createUser({ debtTzs: 2_000 });
    const { payment } = await initiatePayment(bench.deps, asUser(userId), {
      purpose: "top_up",
      amountTzs: 3_000,
      provider: "mpesa",
      phone: PHONE,
      key: { route: "r", key: ids.secret(8), bodyHash: "h" },
      requestId: "req_test",
    });
    await receive(bench, callbackFor(await paymentOf("id", payment.id)));
    expect(await balanceOf(`user_debt:${userId}`)).toBe(0);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(1_000);
    expect(await bookBreaks()).toEqual([]);
  });
});

describe("a callback", () => {
  test("of another amount goes to suspense and cancels the rental that waited", async () => {
    const { bench, userId, rentalId, payment } = await waitForDeposit();
    expect(await receive(bench, callbackFor(payment, { amount: "4999" }))).toMatchObject({
      outcome: "suspense",
      alert: "wrong_amount",
    });
    expect(
      await sql("select reason, amount_tzs::int as amount from suspense_items where payment_id = $1", [payment.id]),
    ).toEqual([{ reason: "wrong_amount", amount: 4_999 }]);
    expect(await rentalOf(rentalId)).toEqual({ status: "cancelled", reason: "payment_failed" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect(await bookBreaks()).toEqual([]);
  });

  test("of another amount told twice more, once with the right one, leaves one suspense item and credits nobody", async () => {
    const { bench, userId, payment } = await waitForDeposit();
    await receive(bench, callbackFor(payment, { amount: "4999" }));
    expect(await receive(bench, callbackFor(payment, { amount: "4999", message: "again" }))).toMatchObject({
      outcome: "duplicate",
    });
    expect(await receive(bench, callbackFor(payment))).toMatchObject({
      outcome: "duplicate",
      alert: "conflicting_amounts",
    });
    expect(await sql("select count(*)::int as n from suspense_items where payment_id = $1", [payment.id])).toEqual([
      { n: 1 },
    ]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
  });

  test("for a reference that nobody made goes to suspense and credits nobody", async () => {
    const { bench, payment } = await waitForDeposit();
    expect(await receive(bench, callbackFor(payment, { utilityref: ids.secret(26) }))).toMatchObject({
      outcome: "suspense",
      alert: "unknown_reference",
    });
    expect((await paymentOf("id", payment.id)).state).toBe("submitted");
  });

  test("of a second success under another provider id goes to suspense", async () => {
    const { bench, rentalId, payment } = await waitForDeposit();
    await receive(bench, callbackFor(payment));
    const other = { transid: "f".repeat(32), reference: "f".repeat(32), externalreference: "f".repeat(32) };
    expect(await receive(bench, callbackFor(payment, other))).toMatchObject({
      outcome: "suspense",
      alert: "second_payment",
    });
    expect(await balanceOf(`user_hold:${rentalId}`)).toBe(5_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test("that names another provider id than the checkout answered goes to suspense", async () => {
    const { bench, payment } = await waitForDeposit();
    const other = { transid: "e".repeat(32), reference: "e".repeat(32), externalreference: "e".repeat(32) };
    expect(await receive(bench, callbackFor(payment, other))).toMatchObject({
      outcome: "suspense",
      alert: "reference_mismatch",
    });
    expect((await paymentOf("id", payment.id)).state).toBe("submitted");
  });

  test("of failure ends the wait, and a later success still reaches the wallet", async () => {
    const { bench, userId, rentalId, payment } = await waitForDeposit();
    expect(await receive(bench, callbackFor(payment, { transactionstatus: "failure" }))).toMatchObject({
      outcome: "failed",
    });
    expect(await rentalOf(rentalId)).toEqual({ status: "cancelled", reason: "payment_failed" });
    expect(await receive(bench, callbackFor(payment))).toMatchObject({ outcome: "credited" });
    expect((await paymentOf("id", payment.id)).state).toBe("succeeded");
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
  });

  test("of failure after success changes nothing and alerts", async () => {
    const { bench, rentalId, payment } = await waitForDeposit();
    await receive(bench, callbackFor(payment));
    expect(await receive(bench, callbackFor(payment, { transactionstatus: "failed" }))).toMatchObject({
      outcome: "ignored",
      alert: "failed_after_succeeded",
    });
    expect((await paymentOf("id", payment.id)).state).toBe("succeeded");
    expect(await rentalOf(rentalId)).toMatchObject({ status: "dispensing" });
  });

  test("with a status word that nobody knows leaves the payment pending and alerts", async () => {
    const { bench, payment } = await waitForDeposit();
    expect(await receive(bench, callbackFor(payment, { transactionstatus: "processing" }))).toMatchObject({
      outcome: "ignored",
      alert: "unknown_status_word",
    });
    expect((await paymentOf("id", payment.id)).state).toBe("submitted");
  });

  test("that overtakes the checkout's answer is kept when the answer comes", async () => {
    const bench = createBench({
      checkout: async ({ externalId }) => {
        const row = (await sql<PaymentRow>("select * from payments where external_id = $1", [externalId]))[0]!;
        await receive(bench, callbackFor({ ...row, provider_reference: "a".repeat(32) }));
        return { status: "accepted", providerReference: "a".repeat(32) };
      },
    });
    const userId = await createUser();
    const { rental } = await start(bench, userId, await createStation(), { phone: PHONE });
    expect(rental.status).toBe("dispensing");
    expect(await paymentOf("rental_id", rental.id)).toMatchObject({
      state: "succeeded",
      provider_reference: "a".repeat(32),
    });
  });

  test("that does not prove its sender is refused and stored nowhere", async () => {
    const { bench, payment } = await waitForDeposit();
    await expect(
      settleCallback(bench.deps, callbackFor(payment, { password: "guessed" }), "req_test"),
    ).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await sql("select 1 from payment_callbacks where payment_id = $1", [payment.id])).toEqual([]);
    expect((await paymentOf("id", payment.id)).state).toBe("submitted");
  });

  test("is kept sealed when the money part fails, and credited once when it is tried again", async () => {
    const { bench, userId, payment } = await waitForDeposit();
    bench.clock.advance(4 * MINUTE_MS);
    await sql(
      "alter table accounts add constraint accounts_test_block check (code <> 'user_wallet:' || $1) not valid".replace(
        "$1",
        `'${userId}'`,
      ),
    );
    const body = callbackFor(payment);
    expect(await receive(bench, body)).toMatchObject({ outcome: "stored", alert: "callback_failed" });
    const [stored] = await sql<{
      body_hash: string;
      body_sealed: string;
      signature: string;
      state: string;
      last_error: string;
    }>("select * from payment_callbacks where state = 'failed'");
    expect(stored!.body_sealed).not.toContain("255754123456");
    expect(stored!.last_error).toContain("accounts_test_block");
    await sql("alter table accounts drop constraint accounts_test_block");
    const again = {
      provider: "azampay",
      bodyHash: stored!.body_hash,
      bodySealed: stored!.body_sealed,
      signature: stored!.signature,
      receivedAtMs: bench.clock.now(),
    };
    expect(await retryCallback(bench.deps, again, "req_test")).toMatchObject({ outcome: "credited" });
    expect(await retryCallback(bench.deps, again, "req_test")).toMatchObject({ outcome: "duplicate" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
    expect(await sql("select 1 from payment_callbacks where state = 'failed'")).toEqual([]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("whose connection drops after COMMIT is applied once", async () => {
    const { bench, rentalId, payment } = await waitForDeposit();
    await neon.arm({ dropAfterCommit: { count: 1, match: "payment_settle" } });
    const settled = await receive(bench, callbackFor(payment));
    await neon.clear();
    expect(settled).toMatchObject({ outcome: "duplicate", dispense: true });
    expect(bench.stations.calls.filter(({ verb }) => verb === "dispense")).toHaveLength(1);
    expect(await balanceOf(`user_hold:${rentalId}`)).toBe(5_000);
  });
});

describe("a checkout", () => {
  test("that the provider refuses cancels the rental and gives the slot back", async () => {
    const bench = createBench({ checkout: () => Promise.resolve({ status: "refused", reason: "invalid_vendor" }) });
    const userId = await createUser();
    const station = await createStation();
    await expect(start(bench, userId, station, { phone: PHONE })).rejects.toMatchObject({ code: "payment_refused" });
    expect(bench.stations.calls.at(-1)).toMatchObject({ verb: "release", stationId: station.id });
    expect(await sql("select status, reason from rentals where user_id = $1", [userId])).toEqual([
      { status: "cancelled", reason: "payment_failed" },
    ]);
  });

  test("without an answer is unknown, is not sent again, and still settles by its callback", async () => {
    let sends = 0;
    const bench = createBench({ checkout: () => (sends++, Promise.resolve({ status: "unknown", reason: "timeout" })) });
    const userId = await createUser();
    const station = await createStation();
    const { rental } = await start(bench, userId, station, { phone: PHONE, key: "k1" });
    expect(rental.status).toBe("awaiting_payment");
    const again = await start(bench, userId, station, { phone: PHONE, key: "k1" });
    expect(again).toMatchObject({ isReplay: true, rental: { id: rental.id } });
    expect(sends).toBe(1);
    const payment = await paymentOf("rental_id", rental.id);
    expect(payment.state).toBe("unknown");
    expect(await receive(bench, callbackFor({ ...payment, provider_reference: "b".repeat(32) }))).toMatchObject({
      outcome: "credited",
      dispense: true,
    });
  });

  test("for which no slot can be kept is never sent", async () => {
    let sends = 0;
    const bench = createBench({
      checkout: () => (sends++, Promise.resolve({ status: "accepted", providerReference: "c".repeat(32) })),
    });
    bench.stations.answers.lease = { status: "no_power_bank" };
    const userId = await createUser();
    await expect(start(bench, userId, await createStation(), { phone: PHONE })).rejects.toMatchObject({
      code: "no_power_bank",
    });
    expect(sends).toBe(0);
    await fundWallet(userId, 5_000);
    bench.stations.answers.lease = { status: "leased", slot: 1, expiresAtMs: 0 };
    expect((await start(bench, userId, await createStation())).rental.status).toBe("dispensing");
  });
});
