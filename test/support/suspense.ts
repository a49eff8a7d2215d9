// Money that came in for nothing: a top-up that is told twice, and the statement that proves it.
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { Id } from "../../src/lib/ids.ts";
import { initiatePayment, settleCallback } from "../../src/payments/service.ts";
import { sql } from "./control.ts";
import { createUser, ids } from "./factories.ts";
import { createPayoutBench, type PayoutSettings } from "./payouts.ts";
import { asUser, type Bench } from "./verbs.ts";

export interface PaymentRow {
  id: string;
  state: string;
  amount_tzs: number;
  external_id: string;
  provider_reference: string;
  settled_at: string | null;
}
export const paymentOf = async (id: string): Promise<PaymentRow> =>
  (await sql<PaymentRow>("select * from payments where id = $1", [id]))[0]!;

/** A top-up of this person that waits for its callback. */
export const openTopUp = async (bench: Bench, userId: Id<"usr">, amountTzs = 5_000): Promise<PaymentRow> => {
  const { payment } = await initiatePayment(bench.deps, asUser(userId), {
    purpose: "top_up",
    amountTzs,
    provider: "mpesa",
    phone: "0754 123 456",
    key: { route: "r", key: ids.secret(8), bodyHash: "h" },
    requestId: "req_test",
  });
  return paymentOf(payment.id);
};

/** A top-up of 5,000 by somebody new, under a reference of its own. */
export const topUp = async (settings: PayoutSettings = {}) => {
  const bench = createPayoutBench(settings);
  const userId = await createUser();
  const reference = ids.secret(32);
  bench.deps.payments = {
    ...bench.deps.payments,
    checkout: () => Promise.resolve({ status: "accepted", providerReference: reference }),
  };
  return { bench, userId, payment: await openTopUp(bench, userId) };
};

/** What AzamPay posts about it. */
export const callback = (payment: PaymentRow, changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    password: env.AZAMPAY_CALLBACK_PASSWORD,
    transactionstatus: "success",
    operator: "Mpesa",
    utilityref: payment.external_id,
    amount: String(payment.amount_tzs),
    transid: payment.provider_reference,
    reference: payment.provider_reference,
    externalreference: payment.provider_reference,
    msisdn: "255754123456",
    mnoreference: "M1",
    ...changes,
  });
export const other = (reference: string) => ({ transid: reference, reference, externalreference: reference });

/** A second transaction of the same payment, as a callback tells it: 5,000 in suspense. */
export const paidTwice = async (settings: PayoutSettings = {}) => {
  const made = await topUp(settings);
  await settleCallback(made.bench.deps, callback(made.payment), "req_test");
  const second = ids.secret(32);
  expect(await settleCallback(made.bench.deps, callback(made.payment, other(second)), "req_test")).toMatchObject({
    outcome: "suspense",
    alert: "second_payment",
  });
  return { ...made, second, item: await itemOf(second) };
};
export const itemOf = async (reference: string) =>
  (
    await sql<{ id: string; state: string; resolution: string | null }>(
      "select id, state, resolution from suspense_items where provider_reference = $1",
      [reference],
    )
  )[0]!;

let statements = 0;
export const importLine = async (providerReference: string, amountTzs: number, ourReference: string | null = null) => {
  const id = `stm_${++statements}`;
  // The past of this statement is short, so that it stops no wallet of another test.
  await sql(
    "insert into statements (id, provider, file_hash, from_at, to_at, line_count, imported_at, imported_by) values ($1, 'azampay', $1, now() + interval '9 years', now() + interval '10 years', 1, now(), 'test')",
    [id],
  );
  await sql(
    `insert into statement_lines (provider, provider_reference, direction, our_reference, amount_tzs, status, occurred_at, statement_id, changed_at)
    values ('azampay', $1, 'in', $2, $3, 'paid', now(), $4, now())`,
    [providerReference, ourReference, amountTzs, id],
  );
};
