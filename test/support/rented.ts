// A rental whose bank is out, and what may happen to it then, by the verbs.
import { isoTime } from "../../src/lib/clock.ts";
import { sha256Hex } from "../../src/lib/crypto.ts";
import type { Id } from "../../src/lib/ids.ts";
import type { Payer } from "../../src/payments/service.ts";
import { settlePayment } from "../../src/payments/repository.ts";
import { checkDue, extendRental, reportLost } from "../../src/rentals/service.ts";
import { sql } from "./control.ts";
import { createBank, createStation, createUser, ids, type TestStation } from "./factories.ts";
import { asUser, bankIn, bankOut, type Bench, start } from "./verbs.ts";

export interface Rented {
  bench: Bench;
  userId: Id<"usr">;
  station: TestStation;
  powerBankId: string;
  id: Id<"rnt">;
  startedAtMs: number;
}

let seq = 100;

/** Rented at 12:00 in Dar es Salaam with the default tariff; due at 16:00. `walletTzs` is what is left beside the deposit. */
export const rentBank = async (bench: Bench, walletTzs = 0): Promise<Rented> => {
  const userId = await createUser({ walletTzs: 5_000 + walletTzs });
  const station = await createStation();
  const powerBankId = await createBank();
  const { rental } = await start(bench, userId, station);
  const startedAtMs = bench.clock.now();
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: ++seq });
  return { bench, userId, station, powerBankId, id: rental.id, startedAtMs };
};

/** The bank is in a slot of its station; told now, at the time given. */
export const giveBack = (rented: Rented, atMs = rented.bench.clock.now(), seqOf = ++seq) =>
  bankIn(rented.bench, rented.station.id, { powerBankId: rented.powerBankId, atMs, seq: seqOf });

const keyOf = async (route: string, key: string, body: unknown) => ({
  route,
  key,
  bodyHash: await sha256Hex(JSON.stringify(body)),
});

export const mpesa: Payer = { provider: "mpesa", phone: "0754 123 456" };

export const extend = async (rented: Rented, payment: Payer | null = null, key = ids.secret(12)) =>
  extendRental(rented.bench.deps, asUser(rented.userId), {
    rentalId: rented.id,
    payment,
    key: await keyOf("POST extend", key, payment),
    requestId: "req_test",
  });

export const lose = async (rented: Rented, key = ids.secret(12)) =>
  reportLost(rented.bench.deps, asUser(rented.userId), {
    rentalId: rented.id,
    cause: "lost",
    key: await keyOf("POST report-lost", key, {}),
    requestId: "req_test",
  });

export const ask = (rented: Rented) => checkDue(rented.bench.deps, rented.id, "req_test");

/** The provider proves the money of the rental's last payment. */
export const moneyArrives = async (rented: Rented, amountTzs?: number) => {
  const [payment] = await sql<{ external_id: string; provider_reference: string; amount: number }>(
    "select external_id, provider_reference, amount_tzs::int as amount from payments where rental_id = $1 and state <> 'succeeded' order by id limit 1",
    [rented.id],
  );
  const { deps, clock } = rented.bench;
  return settlePayment(deps.db, {
    provider: "azampay",
    bodyHash: ids.secret(26),
    bodySealed: "sealed",
    signature: "not_checked",
    callback: {
      externalId: payment!.external_id,
      providerReference: payment!.provider_reference,
      operatorReference: null,
      status: "succeeded",
      amountTzs: amountTzs ?? payment!.amount,
    } as never,
    receivedAtMs: clock.now(),
    messageId: deps.ids.next("msg"),
    nowMs: clock.now(),
    requestId: "req_test",
  });
};

export const rentalRow = async (id: string) =>
  (
    await sql<{
      status: string;
      reason: string;
      version: number;
      dueAtMs: number;
      isOverdue: boolean;
      extensions: { boughtAtMs: number }[];
      totalTzs: number | null;
      lostAtMs: number | null;
      lines: { kind: string; quantity: number; grossTzs: number }[] | null;
    }>(
      `select status, reason, version, internal_ms(due_at)::float8 as "dueAtMs", is_overdue as "isOverdue", extensions, total_tzs::int as "totalTzs",
         internal_ms(lost_at)::float8 as "lostAtMs", lines from rentals where id = $1`,
      [id],
    )
  )[0]!;

/** What the renter was told, in order, without the start. */
export const told = async (userId: string) =>
  sql<{ template: string; params: Record<string, number> }>(
    // What was queued at one moment of a test's clock was queued by one transaction after the other.
    "select template, params from messages where user_id = $1 and template <> 'rental_started' order by created_at, xmin::text::bigint",
    [userId],
  );

/** The movements of an entry by account, debit positive. */
export const entry = async (reference: string): Promise<Record<string, number>> => {
  const rows = await sql<{ code: string; amount: number }>(
    `select split_part(a.code, ':', 1) as code, p.amount_tzs::int as amount from journal_entries e join postings p on p.entry_id = e.id
     join accounts a on a.id = p.account_id where e.reference = $1`,
    [reference],
  );
  return Object.fromEntries(rows.map(({ code, amount }) => [code, amount]));
};

/** What the product's own check of its books finds, but for what only time or people can mend. */
export const findBreaks = async (atMs: number): Promise<string[]> => {
  const rows = await sql<{ kind: string; subject: string }>(
    `select b ->> 'kind' as kind, b ->> 'subject' as subject from (
       select jsonb_array_elements(books_receipt_breaks(jsonb_build_object('now', $1::text)) -> 'breaks') as b
       union all select jsonb_array_elements(books_payment_breaks(jsonb_build_object('now', $1::text)) -> 'breaks')
       union all select jsonb_array_elements(books_ledger_breaks(jsonb_build_object('now', $1::text)) -> 'breaks')) all_breaks`,
    [isoTime(atMs)],
  );
  const passing = new Set([
    "receipt_unnumbered",
    "audit_unsealed",
    "audit_head_missing",
    "hold_old",
    "suspense_open",
    "day_not_closed",
  ]);
  return rows.filter(({ kind }) => !passing.has(kind)).map(({ kind, subject }) => `${kind} ${subject}`);
};
