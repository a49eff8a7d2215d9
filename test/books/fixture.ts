// Books with a little of everything in them, and nothing wrong: a rental that is over, one that is open, their deposits paid by
// callback. Everything has the bench's time. Tampering goes past every trigger, as the superuser, and is undone.
import { env } from "cloudflare:workers";
import { sealAudit } from "../../src/audit/service.ts";
import { checkBooks } from "../../src/books/service.ts";
import { HOUR_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { settleCallback } from "../../src/payments/service.ts";
import { numberReceipts } from "../../src/receipts/service.ts";
import { continueAfterPayment } from "../../src/rentals/service.ts";
import { sql } from "../support/control.ts";
import { createBank, createStation, createUser } from "../support/factories.ts";
import { bankIn, bankOut, type Bench, createBench, start } from "../support/verbs.ts";

export interface PaidPayment {
  id: Id<"pay">;
  userId: Id<"usr">;
  rentalId: Id<"rnt">;
  externalId: string;
  providerReference: string;
}

const readPayment = async (rentalId: string): Promise<PaidPayment> => {
  const [payment] = await sql<PaidPayment>(
    `select id, user_id as "userId", rental_id as "rentalId", external_id as "externalId", provider_reference as "providerReference" from payments where rental_id = $1`,
    [rentalId],
  );
  return payment!;
};

/** AzamPay's word that somebody paid. */
export const callBack = async (
  bench: Bench,
  externalId: string,
  providerReference: string,
  amountTzs = 5_000,
): Promise<void> => {
  const body = JSON.stringify({
    transactionstatus: "success",
    operator: "Mpesa",
    utilityref: externalId,
    reference: providerReference,
    transid: providerReference,
    externalreference: providerReference,
    amount: String(amountTzs),
    msisdn: "255754123456",
    password: env.AZAMPAY_CALLBACK_PASSWORD,
  });
  await continueAfterPayment(bench.deps, await settleCallback(bench.deps, body, "req_test"), "req_test");
};

const rent = async (bench: Bench, seq: number) => {
  const station = await createStation();
  const { rental } = await start(bench, await createUser(), station, { phone: "0754 123 456" });
  const payment = await readPayment(rental.id);
  await callBack(bench, payment.externalId, payment.providerReference);
  const powerBankId = await createBank();
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq });
  return { payment, powerBankId };
};

export interface CleanBooks {
  bench: Bench;
  over: PaidPayment;
  open: PaidPayment;
}

export const createCleanBooks = async (): Promise<CleanBooks> => {
  env.AZAMPAY_CALLBACK_SIGNATURE = "off" as typeof env.AZAMPAY_CALLBACK_SIGNATURE;
  const bench = createBench();
  const over = await rent(bench, 1);
  const open = await rent(bench, 2);
  bench.clock.advance(HOUR_MS);
  const other = await createStation();
  await bankIn(bench, other.id, { powerBankId: over.powerBankId, seq: 3 });
  await Promise.all(bench.deferred);
  await numberReceipts(bench.deps);
  await sql(
    "select ledger_post('test:move', 'test', $1, $1, array['bank', 'azampay_clearing'], array[100::bigint, -100])",
    [new Date(bench.clock.now()).toISOString()],
  );
  await sealAudit(bench.deps);
  bench.clock.advance(HOUR_MS / 2);
  return { bench, over: over.payment, open: open.payment };
};

export const tamper = (statements: string) =>
  sql(`set session_replication_role = replica; ${statements}`, [], "superuser");

/** Kinds and subjects of everything that is wrong now. */
export const breaksOf = async (bench: Bench) => (await checkBooks(bench.deps)).breaks;
export const kindsOf = async (bench: Bench): Promise<string[]> =>
  [...new Set((await breaksOf(bench)).map(({ kind }) => kind))].toSorted();
