// What is left of a closed account 90 days later: the numbers and names that money might have had to go back to are gone, too.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { decideDispute, openDispute } from "../../src/disputes/service.ts";
import { DAY_MS, HOUR_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { pruneCallbacks, settleCallback } from "../../src/payments/service.ts";
import { closeAccount, eraseAccounts } from "../../src/users/service.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createBank, createStation, ids } from "../support/factories.ts";
import { createStaff, tell, withdraw } from "../support/payouts.ts";
import { callback, topUp } from "../support/suspense.ts";
import { asUser, bankIn, bankOut, start } from "../support/verbs.ts";

type Made = Awaited<ReturnType<typeof topUp>>;
const close = ({ bench, userId }: Made) =>
  closeAccount(bench.deps, asUser(userId), { giveUpTzs: 0, requestId: "req_test" });
const failed = { transactionstatus: "failed" };
const sealedOf = async ({ payment }: Made) =>
  (await sql<{ msisdn_sealed: string }>("select msisdn_sealed from payments where id = $1", [payment.id]))[0]!
    .msisdn_sealed;

/** Columns of the person that still hold something sealed, in whatever table. */
const sealedColumns = async (userId: Id<"usr">): Promise<string[]> => {
  const columns = await sql<{ table: string; column: string }>(
    `select c.table_name as "table", c.column_name as "column" from information_schema.columns c
     where c.table_schema = 'public' and c.column_name like '%sealed'`,
  );
  const owner: Record<string, string> = {
    users: "t.id = $1",
    payment_callbacks: "t.payment_id in (select id from payments where user_id = $1)",
    withdrawal_callbacks: "t.withdrawal_id in (select id from withdrawals where user_id = $1)",
  };
  const found = await sql<{ name: string }>(
    columns
      .map(
        ({ table, column }) =>
          `select '${table}.${column}' as name from "${table}" t where ${owner[table] ?? "t.user_id = $1"} and coalesce(t.${column}, '') <> ''`,
      )
      .join(" union "),
    [userId],
  );
  return found.map(({ name }) => name).toSorted();
};

beforeAll(() => {
  Object.assign(env, { AZAMPAY_CALLBACK_SIGNATURE: "off", AZAMPAY_CALLBACK_PASSWORD: "" });
});

/** Paid in, rented once, complained and was answered, withdrew the rest. */
const lived = async () => {
  const made = await topUp({ startMs: Date.now() });
  const { bench, userId, payment } = made;
  await settleCallback(bench.deps, callback(payment), "req_test");
  const [station, powerBankId] = [await createStation(), await createBank()];
  const { rental } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
  bench.clock.advance(HOUR_MS);
  await bankIn(bench, station.id, { powerBankId, seq: 2 });
  const keyOf = (route: string) => ({ route, key: ids.secret(12), bodyHash: "-" });
  const complaint = {
    rentalId: rental.id,
    kind: "other",
    text: "0754 999 888 ni namba yangu",
    stationCode: null,
  } as const;
  const opened = await openDispute(bench.deps, asUser(userId), {
    ...complaint,
    key: keyOf("d"),
    requestId: "req_test",
  });
  await Promise.all(bench.deferred);
  await decideDispute(bench.deps, await createStaff("support"), {
    disputeId: opened.dispute.id,
    outcome: "rejected",
    amountTzs: 0,
    note: "looked at",
    key: keyOf("decide"),
    requestId: "req_test",
  });
  const { withdrawal } = await withdraw(bench, userId, { amountTzs: await balanceOf(`user_wallet:${userId}`) });
  await tell(bench, withdrawal);
  return made;
};

describe("a closed account", () => {
  test("has nothing sealed left after 90 days, in whatever table, and its books stand", async () => {
    const made = await lived();
    const { bench, userId } = made;
    const before = await sealedColumns(userId);
    // Of a table that is new and holds something sealed, this list hears first.
    expect(before).toEqual([
      "disputes.text_sealed",
      "payment_callbacks.body_sealed",
      "payments.msisdn_sealed",
      "users.phone_sealed",
      "withdrawal_callbacks.body_sealed",
      "withdrawals.msisdn_sealed",
      "withdrawals.recipient_sealed",
    ]);
    await close(made);
    expect(await sealedColumns(userId)).toEqual(before.filter((name) => !name.startsWith("users.")));
    bench.clock.advance(90 * DAY_MS + HOUR_MS);
    await eraseAccounts(bench.deps, 100);
    await pruneCallbacks(bench.deps, 100);
    expect(await sealedColumns(userId)).toEqual([]);
    expect(await sql("select distinct params from messages where user_id = $1", [userId])).toEqual([{ params: {} }]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("keeps them for 90 days, and while money of it lies in suspense", async () => {
    const [gone, waiting] = [await topUp({ startMs: Date.now() }), await topUp({ startMs: Date.now() })];
    for (const made of [gone, waiting]) {
      await settleCallback(made.bench.deps, callback(made.payment, failed), "req_test");
      await close(made);
    }
    await settleCallback(waiting.bench.deps, callback(waiting.payment), "req_test");
    const { clock, deps } = gone.bench;
    clock.advance(89 * DAY_MS);
    await eraseAccounts(deps, 10);
    expect(await sealedOf(gone)).not.toBe("");
    clock.advance(2 * DAY_MS);
    await eraseAccounts(deps, 10);
    expect([await sealedOf(gone), (await sealedOf(waiting)) === ""]).toEqual(["", false]);
    expect(await sql("select erased_at is not null as done from users where id = $1", [gone.userId])).toEqual([
      { done: true },
    ]);
    await sql(
      "update suspense_items set state = 'resolved', resolution = 'refunded', resolved_at = now() where payment_id = $1",
      [waiting.payment.id],
    );
    await eraseAccounts(deps, 10);
    expect(await sealedOf(waiting)).toBe("");
  });
});
