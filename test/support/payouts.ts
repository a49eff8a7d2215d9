// A bench whose disbursement provider is scripted: what it was asked is recorded, what it answers is given. Callbacks are read by the
// product's own reader.
import { env } from "cloudflare:workers";
import { Config } from "../../src/config.ts";
import type { Actor } from "../../src/lib/actor.ts";
import type { Id } from "../../src/lib/ids.ts";
import { sha256Hex } from "../../src/lib/crypto.ts";
import { createAzamPayDisbursement } from "../../src/providers/azampay-disbursement.ts";
import type { DisburseResult, Outcome, PaymentProvider, PayoutProvider } from "../../src/providers/ports.ts";
import {
  previewWithdrawal,
  requestWithdrawal,
  settleDisbursementCallback,
  type WithdrawalRecord,
} from "../../src/withdrawals/service.ts";
import { sql } from "./control.ts";
import { createUser, ids } from "./factories.ts";
import { asUser, type Bench, createBench } from "./verbs.ts";

type Disburse = PayoutProvider["disburse"];

export interface PayoutBench extends Bench {
  /** What was handed over, in order. */
  sends: Parameters<Disburse>[0][];
  /** What the next sends are answered; the last one stays. */
  answers: (DisburseResult | Disburse)[];
  /** What a status query says. */
  outcome: Outcome;
  /** Whether the collection of a payment succeeded, as a probe hears it. */
  collection: Outcome;
}

export interface PayoutSettings {
  config?: Partial<Config>;
  checkout?: PaymentProvider["checkout"];
  startMs?: number;
}

export const nextReference = (): string => crypto.randomUUID().replaceAll("-", "");

export const createPayoutBench = ({ config = {}, ...overrides }: PayoutSettings = {}): PayoutBench => {
  const bench = createBench(overrides);
  const settings: Config = { ...Config.parse(env), ...config };
  const reader = createAzamPayDisbursement({
    config: settings,
    clock: bench.clock,
    authorized: () => Promise.resolve({ kind: "not_sent", reason: "credentials" }),
  });
  const scripted: PayoutBench = {
    ...bench,
    sends: [],
    answers: [],
    outcome: "unknown",
    collection: "unknown",
    deps: { ...bench.deps, config: settings },
  };
  scripted.deps.payouts = {
    isConfigured: true,
    parseCallback: reader.parseCallback,
    lookUpName: () => Promise.resolve({ status: "found", name: "ASHA JUMA" }),
    disburse: (input) => {
      scripted.sends.push(input);
      const answer = scripted.answers.length > 1 ? scripted.answers.shift()! : scripted.answers[0];
      if (typeof answer === "function") return answer(input);
      return Promise.resolve(answer ?? { status: "accepted", providerReference: nextReference() });
    },
    status: () => Promise.resolve(scripted.outcome),
  };
  scripted.deps.payments = { ...scripted.deps.payments, status: () => Promise.resolve(scripted.collection) };
  return scripted;
};

export interface Withdraw {
  amountTzs?: number;
  phone?: string;
  key?: string;
}

/** Preview and request in one, as a renter who confirms what is shown. */
export const withdraw = async (
  bench: PayoutBench,
  userId: Id<"usr">,
  { amountTzs = 3_000, phone = "0754 123 456", key = ids.secret(12) }: Withdraw = {},
) => {
  const { preview } = await previewWithdrawal(bench.deps, asUser(userId), { amountTzs, provider: "mpesa", phone });
  return requestWithdrawal(bench.deps, asUser(userId), await requestOf(preview, key));
};

export const requestOf = async (preview: string, key: string) => ({
  preview,
  key: { route: "POST /withdrawals", key, bodyHash: await sha256Hex(preview) },
  requestId: "req_test",
});

export interface WithdrawalRow {
  id: Id<"wdr">;
  state: string;
  reason: string | null;
  settled_by: string | null;
  needs_review: boolean;
  external_id: string;
  provider_reference: string | null;
  amount_tzs: string;
  sends: number;
}

export const withdrawalOf = async (id: string): Promise<WithdrawalRow> =>
  (await sql<WithdrawalRow>("select * from withdrawals where id = $1", [id]))[0]!;

/** The documented callback for a withdrawal, as AzamPay posts it. */
export const disbursementCallback = (row: WithdrawalRow, changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    initiatorReferenceId: row.external_id,
    fspReferenceId: "FSP1",
    pgReferenceId: row.provider_reference,
    amount: row.amount_tzs,
    status: "success",
    message: "Transaction completed successfully",
    operator: "Vodacom",
    additionalProperties: {},
    ...changes,
  });

/** Delivers the callback for a withdrawal as it is stored. */
export const tell = async (
  bench: PayoutBench,
  { id }: Pick<WithdrawalRecord, "id">,
  changes: Record<string, unknown> = {},
) => settleDisbursementCallback(bench.deps, disbursementCallback(await withdrawalOf(id), changes), "req_test");

export type StaffActor = Extract<Actor, { kind: "staff" }>;

export const createStaff = async (role: "finance" | "admin" | "support" | "agent" = "finance"): Promise<StaffActor> => {
  const userId = await createUser();
  await sql("update users set role = $2 where id = $1", [userId, role]);
  return { kind: "staff", userId, sessionId: ids.next("ses"), role };
};
