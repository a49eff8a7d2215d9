// Money that is credited to an account after it was closed, and how docs/operations.md brings it to its owner.
import { expect, test } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { issueCreditNote, numberReceipts } from "../../src/receipts/service.ts";
import { drainMessages } from "../../src/messages/service.ts";
import { closeAccount } from "../../src/users/service.ts";
import { sql } from "../support/control.ts";
import { balanceOf, createUser, ids } from "../support/factories.ts";
import { findBreaks, giveBack, rentBank } from "../support/rented.ts";
import { asUser, createBench } from "../support/verbs.ts";

/** Closed with an empty wallet, after a rental of an hour; then finance takes back 600 of its receipt. */
const creditedAfterClosing = async () => {
  const rented = await rentBank(createBench());
  const { bench, userId } = rented;
  bench.clock.advance(HOUR_MS);
  await giveBack(rented);
  await numberReceipts(bench.deps);
  await sql(
    "select ledger_post('test:out:' || $1, 'test_out', now(), now(), array['user_wallet:' || $1, 'azampay_clearing'], array[4000, -4000])",
    [userId],
  );
  await closeAccount(bench.deps, asUser(userId), { giveUpTzs: 0, requestId: "req_test" });
  const [receipt] = await sql<{ id: Id<"rcp"> }>("select id from receipts where rental_id = $1", [rented.id]);
  const staffId = await createUser();
  await sql("update users set role = 'finance' where id = $1", [staffId]);
  await issueCreditNote(
    bench.deps,
    { kind: "staff", userId: staffId, sessionId: ids.next("ses"), role: "finance" },
    {
      receiptId: receipt!.id,
      lines: [{ line: 0, grossTzs: 600 }],
      reason: "reversal",
      note: "billed for a dead bank",
      key: { route: "POST credit", key: ids.secret(12), bodyHash: "-" },
      requestId: "req_test",
    },
  );
  return rented;
};

test("a credit note to a closed account lies in its wallet, and the text about it is shown to staff as one without a number", async () => {
  const { bench, userId } = await creditedAfterClosing();
  expect(await balanceOf(`user_wallet:${userId}`)).toBe(600);
  await drainMessages(bench.deps);
  expect(
    await sql("select state, last_error from messages where user_id = $1 and template = 'credit_note'", [userId]),
  ).toEqual([{ state: "failed", last_error: "no_number" }]);
});

test("it is moved to the account that its owner has now, once, and the books are whole", async () => {
  const { bench, userId } = await creditedAfterClosing();
  const newUserId = await createUser();
  const move = (step: number) =>
    sql(
      `select ledger_post('closed_wallet:' || $1 || ':' || $3, 'closed_wallet_moved', now(), now(),
         array['user_wallet:' || $1, 'user_wallet:' || $2], array[600, -600])`,
      [userId, newUserId, step],
    );
  await sql("update users set phone_hash = (select closed_phone_hash from users where id = $1) where id = $2", [
    userId,
    newUserId,
  ]);
  const found = await sql(
    `select c.id, a.balance_tzs::int as tzs from users n join users c on c.closed_phone_hash = n.phone_hash
     join accounts a on a.code = 'user_wallet:' || c.id where n.id = $1`,
    [newUserId],
  );
  expect(found).toEqual([{ id: userId, tzs: 600 }]);
  await move(1);
  await expect(move(2)).rejects.toThrow();
  expect([await balanceOf(`user_wallet:${userId}`), await balanceOf(`user_wallet:${newUserId}`)]).toEqual([0, 600]);
  expect(await findBreaks(bench.clock.now())).toEqual([]);
});
