// How much of a wallet may leave: beside an open rental, and while a credit is not confirmed.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../src/lib/clock.ts";
import {
  approveWithdrawal,
  previewWithdrawal,
  rejectWithdrawal,
  requestWithdrawal,
} from "../../src/withdrawals/service.ts";
import { sql } from "../support/control.ts";
import { bookBreaks, createBank, createStation, createUser, fundWallet } from "../support/factories.ts";
import { createPayoutBench, createStaff, requestOf, tell, withdraw } from "../support/payouts.ts";
import { asUser, bankOut, start } from "../support/verbs.ts";

describe("with an open rental", () => {
  /** A rental of `hours`, on a wallet that held 20,000 before the deposit. */
  const rentFor = async (hours: number) => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 20_000 });
    const station = await createStation();
    const { rental } = await start(bench, userId, station);
    await bankOut(bench, station.id, { rentalId: rental.id, powerBankId: await createBank(), seq: 1 });
    bench.clock.advance(hours * HOUR_MS);
    return { bench, userId };
  };
  const most = async ({ bench, userId }: Awaited<ReturnType<typeof rentFor>>, amountTzs: number) => {
    const { preview } = await previewWithdrawal(bench.deps, asUser(userId), {
      amountTzs,
      provider: "mpesa",
      phone: "0754123456",
    });
    return requestWithdrawal(bench.deps, asUser(userId), await requestOf(preview, "k"));
  };

  test("everything but the deposit can be withdrawn while the price is below it", async () => {
    const rented = await rentFor(3);
    expect((await most(rented, 15_000)).withdrawal.state).toBe("submitted");
    expect(await bookBreaks()).toEqual([]);
  });

  test("what the live price takes beyond the deposit stays", async () => {
    // Two days late: at the cap of 10,000 for two times 24 hours, 5,000 of it in the hold.
    const rented = await rentFor(47);
    await expect(most(rented, 10_001)).rejects.toMatchObject({
      code: "withdrawal_exceeds_balance",
      details: { withdrawableTzs: 10_000 },
    });
    expect((await most(rented, 10_000)).withdrawal.state).toBe("submitted");
  });
});

describe("money that no statement confirms", () => {
  const paidAt = async (userId: string, atMs: number, reference: string) =>
    sql(
      `insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, provider_reference, state, created_at, settled_at, expires_at)
      values ($1, $2, 'top_up', 5000, 'mpesa', 'x', $1, $3, 'succeeded', $4, $4, $4)`,
      [`pay_${reference}`, userId, reference, new Date(atMs).toISOString()],
    );
  const statement = (id: string, fromMs: number, toMs: number) =>
    sql(
      "insert into statements (id, provider, file_hash, from_at, to_at, line_count, imported_at, imported_by) values ($1, 'azampay', $1, $2, $3, 1, $3, 'test')",
      [id, new Date(fromMs).toISOString(), new Date(toMs).toISOString()],
    );

  test("stops the wallet after two days, once statements are imported, until a line has it", async () => {
    const bench = createPayoutBench({ config: { WITHDRAWAL_DAILY_COUNT: 10 } });
    const paidAtMs = bench.clock.now();
    const userId = await createUser();
    await fundWallet(userId, 20_000);
    await paidAt(userId, paidAtMs, "unconfirmed");
    const go = async () => tell(bench, (await withdraw(bench, userId, { amountTzs: 1_000 })).withdrawal);
    bench.clock.advance(3 * DAY_MS);
    expect(await go()).toMatchObject({ outcome: "paid" });
    await statement("stm_1", paidAtMs - DAY_MS, paidAtMs + DAY_MS);
    await expect(go()).rejects.toMatchObject({ code: "withdrawal_stopped" });
    await sql(`insert into statement_lines (provider, provider_reference, direction, amount_tzs, status, occurred_at, statement_id, changed_at)
      values ('azampay', 'unconfirmed', 'in', 5000, 'paid', now(), 'stm_1', now())`);
    expect(await go()).toMatchObject({ outcome: "paid" });
  });

  test("stops a withdrawal that waits for approval, too: it can only be rejected", async () => {
    const bench = createPayoutBench({ config: { WITHDRAWAL_APPROVAL_ABOVE_TZS: 500 } });
    const paidAtMs = bench.clock.now();
    const userId = await createUser();
    await fundWallet(userId, 20_000);
    await paidAt(userId, paidAtMs, "forged");
    await statement("stm_2", paidAtMs - DAY_MS, paidAtMs + DAY_MS);
    const { withdrawal } = await withdraw(bench, userId, { amountTzs: 1_000 });
    bench.clock.advance(3 * DAY_MS);
    const input = { withdrawalId: withdrawal.id, reason: "looked at it", requestId: "req_test" };
    const staff = await createStaff();
    await expect(approveWithdrawal(bench.deps, staff, input)).rejects.toMatchObject({ code: "withdrawal_stopped" });
    expect((await rejectWithdrawal(bench.deps, staff, input)).state).toBe("rejected");
    expect(bench.sends).toEqual([]);
  });
});
