// Money that came in for nothing: a top-up that is told twice, and the statement that proves it.
import { expect } from "vitest";
import { initiatePayment, settleCallback } from "../../src/payments/service.ts";
import { sql } from "./control.ts";
import { createUser, ids } from "./factories.ts";
import { createPayoutBench, type PayoutSettings } from "./payouts.ts";
import { asUser } from "./verbs.ts";

interface PaymentRow {
  id: string;
  external_id: string;
  provider_reference: string;
}

/** A top-up of 5,000 that waits for its callback. */
export const topUp = async (settings: PayoutSettings = {}) => {
  const bench = createPayoutBench(settings);
  const userId = await createUser();
  const reference = ids.secret(32);
  bench.deps.payments = {
    ...bench.deps.payments,
    checkout: () => Promise.resolve({ status: "accepted", providerReference: reference }),
  };
  const { payment } = await initiatePayment(bench.deps, asUser(userId), {
    purpose: "top_up",
    amountTzs: 5_000,
    provider: "mpesa",
    phone: "0754 123 456",
    key: { route: "r", key: ids.secret(8), bodyHash: "h" },
    requestId: "req_test",
  });
  const [row] = await sql<PaymentRow>("select * from payments where id = $1", [payment.id]);
  return { bench, userId, payment: row! };
};

export const callback = (payment: PaymentRow, changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    transactionstatus: "success",
    operator: "Mpesa",
    utilityref: payment.external_id,
    amount: "5000",
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
