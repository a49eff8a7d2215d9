// The provider's statement as the proof of what a withdrawal came to.
import { expect, test } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { runWithdrawals } from "../../src/withdrawals/service.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createUser } from "../support/factories.ts";
import { createPayoutBench, withdraw, withdrawalOf } from "../support/payouts.ts";

const AMOUNT = 3_000;

let statements = 0;
/** A line of a statement that covers no credit of anybody. */
const importLine = async (line: {
  ourReference: string | null;
  providerReference?: string;
  status: "paid" | "failed" | "pending" | "reversed";
  amountTzs?: number;
  conflictingTzs?: number;
}) => {
  const id = `stm_${++statements}`;
  await sql(
    "insert into statements (id, provider, file_hash, from_at, to_at, line_count, imported_at, imported_by) values ($1, 'azampay', $1, now() + interval '9 years', now() + interval '10 years', 1, now(), 'test')",
    [id],
  );
  await sql(
    `insert into statement_lines (provider, provider_reference, direction, our_reference, amount_tzs, conflicting_amount_tzs, status, occurred_at, statement_id, changed_at)
     values ('azampay', $1, 'out', $2, $3, $4, $5, now(), $6, now())`,
    [
      line.providerReference ?? `pg-${id}`,
      line.ourReference,
      line.amountTzs ?? AMOUNT,
      line.conflictingTzs ?? null,
      line.status,
      id,
    ],
  );
};

const unknown = async () => {
  const bench = createPayoutBench();
  bench.answers = [{ status: "unknown", reason: "timeout" }];
  const userId = await createUser({ walletTzs: 10_000 });
  const { withdrawal } = await withdraw(bench, userId, { amountTzs: AMOUNT });
  return { bench, userId, id: withdrawal.id, row: await withdrawalOf(withdrawal.id) };
};

test.each([
  ["paid", "succeeded", 7_000],
  ["failed", "failed", 10_000],
] as const)("a %s line ends an unknown withdrawal as %s", async (status, state, walletTzs) => {
  const { bench, userId, id, row } = await unknown();
  await importLine({ ourReference: row.external_id, status });
  expect(await runWithdrawals(bench.deps, 50, "req_test")).toMatchObject({ failed: 0 });
  expect(await withdrawalOf(id)).toMatchObject({ state, settled_by: "statement" });
  expect(await balanceOf(`user_wallet:${userId}`)).toBe(walletTzs);
  expect(await bookBreaks()).toEqual([]);
});

test("a paid line that names only the provider's own id ends a withdrawal that was accepted under it", async () => {
  const bench = createPayoutBench();
  const { withdrawal } = await withdraw(bench, await createUser({ walletTzs: 10_000 }), { amountTzs: AMOUNT });
  const { provider_reference } = await withdrawalOf(withdrawal.id);
  await importLine({ ourReference: null, providerReference: provider_reference!, status: "paid" });
  await runWithdrawals(bench.deps, 50, "req_test");
  expect(await withdrawalOf(withdrawal.id)).toMatchObject({ state: "succeeded", settled_by: "statement" });
});

test.each([
  ["pending", {}],
  ["reversed", {}],
  ["paid", { amountTzs: AMOUNT - 1 }],
  ["paid", { conflictingTzs: AMOUNT + 1 }],
] as const)("a %s line (%o) leaves it unknown", async (status, change) => {
  const { bench, id, row } = await unknown();
  await importLine({ ourReference: row.external_id, status, ...change });
  await runWithdrawals(bench.deps, 50, "req_test");
  expect((await withdrawalOf(id)).state).toBe("unknown");
});

test("a withdrawal that was settled before the sweep began is not settled by it again", async () => {
  const { bench, userId, id, row } = await unknown();
  await importLine({ ourReference: row.external_id, status: "paid" });
  await Promise.all([1, 2, 3, 4].map(() => runWithdrawals(bench.deps, 50, "req_test")));
  bench.clock.advance(DAY_MS + MINUTE_MS);
  await runWithdrawals(bench.deps, 50, "req_test");
  expect(
    await sql("select count(*)::int as n from journal_entries where reference = $1", [`withdrawal:${id}:paid`]),
  ).toEqual([{ n: 1 }]);
  expect(await balanceOf(`user_wallet:${userId}`)).toBe(7_000);
  expect(await bookBreaks()).toEqual([]);
});
