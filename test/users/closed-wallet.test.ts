// Money that is credited to an account after it was closed, and how finance brings it to its owner.
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import { moveClosedWallet } from "../../src/ledger/service.ts";
import type { Id } from "../../src/lib/ids.ts";
import { issueCreditNote, numberReceipts } from "../../src/receipts/service.ts";
import { drainMessages } from "../../src/messages/service.ts";
import { closeAccount } from "../../src/users/service.ts";
import { readPerson } from "../../src/users/staff.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createUser, ids } from "../support/factories.ts";
import { createStaff, type StaffActor } from "../support/payouts.ts";
import { findBreaks, giveBack, rentBank, told } from "../support/rented.ts";
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
  await issueCreditNote(bench.deps, await createStaff(), {
    receiptId: receipt!.id,
    lines: [{ line: 0, grossTzs: 600 }],
    reason: "reversal",
    note: "billed for a dead bank",
    key: { route: "POST credit", key: ids.secret(12), bodyHash: "-" },
    requestId: "req_test",
  });
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

describe("money of a closed account", () => {
  const reason = "she knew the station and the day";
  /** Its owner has registered anew under the same number. */
  const comeBack = async () => {
    const { bench, userId: closedUserId } = await creditedAfterClosing();
    const userId = await createUser();
    await sql("update users set phone_hash = (select closed_phone_hash from users where id = $1) where id = $2", [
      closedUserId,
      userId,
    ]);
    const staff = await createStaff();
    const move = (
      key = ids.secret(12),
      change: { closedUserId?: Id<"usr">; userId?: Id<"usr">; staff?: StaffActor } = {},
    ) =>
      moveClosedWallet(bench.deps, change.staff ?? staff, {
        userId,
        closedUserId,
        ...change,
        reason,
        key: { route: "POST closed-wallet", key, bodyHash: JSON.stringify(change) },
        requestId: "req_test",
      });
    return { bench, userId, closedUserId, staff, move };
  };

  test("is seen with the person who has the number now, moved whole, told and audited, and the books are whole", async () => {
    const { bench, userId, closedUserId, staff, move } = await comeBack();
    const seen = await readPerson(bench.deps, { userId });
    expect(seen.closedAccounts).toEqual([{ id: closedUserId, closedAtMs: expect.any(Number), walletTzs: 600 }]);
    expect(await move()).toEqual({ amountTzs: 600, walletTzs: 600, isReplay: false });
    expect([await balanceOf(`user_wallet:${closedUserId}`), await balanceOf(`user_wallet:${userId}`)]).toEqual([
      0, 600,
    ]);
    expect(await told(userId)).toEqual([
      { template: "closed_wallet_moved", params: { amountTzs: 600, walletTzs: 600 } },
    ]);
    expect(await sql("select actor, detail from audit_log where subject = $1", [userId])).toEqual([
      {
        actor: `staff:${staff.userId}`,
        detail: { adjustmentId: expect.stringMatching(/^adj_/), closedUserId, amountTzs: 600, reason },
      },
    ]);
    expect((await readPerson(bench.deps, { userId })).closedAccounts).toMatchObject([{ walletTzs: 0 }]);
    expect(await findBreaks(bench.clock.now())).toEqual([]);
  });

  test("pays first what its owner owes by now", async () => {
    const { userId, move } = await comeBack();
    await sql(
      "select ledger_post('test:' || $1, 'test_debt', now(), now(), array['user_debt:' || $1, 'goodwill'], array[400, -400])",
      [userId],
    );
    expect(await move()).toMatchObject({ amountTzs: 600, walletTzs: 200 });
    expect(await balanceOf(`user_debt:${userId}`)).toBe(0);
    expect(await bookBreaks()).toEqual([]);
  });

  test("is moved once for twenty orders at once under one key, and for one whose answer was lost", async () => {
    const { userId, move } = await comeBack();
    await neon.arm({ dropAfterCommit: { count: 1, match: "closed_wallet_move" } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => move("same")));
    await neon.clear();
    expect(new Set(answers.map(({ amountTzs }) => amountTzs))).toEqual(new Set([600]));
    await expect(move()).rejects.toMatchObject({ code: "closed_account_unknown" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(600);
  });

  test("goes to nobody else: another number, an account that lives, one's own, by support, or under another order's key", async () => {
    const { bench, userId, closedUserId, move } = await comeBack();
    const [stranger, pending] = [await createUser(), await createUser({ state: "pending" })];
    await expect(move("k", { userId: stranger })).rejects.toMatchObject({ code: "closed_account_unknown" });
    await expect(move("k", { userId: pending })).rejects.toMatchObject({ code: "user_state" });
    await expect(move("k", { userId: ids.next("usr") })).rejects.toMatchObject({ code: "user_unknown" });
    await expect(move("k", { closedUserId: stranger })).rejects.toMatchObject({ code: "closed_account_unknown" });
    await expect(move("k", { staff: await createStaff("support") })).rejects.toMatchObject({ code: "forbidden" });
    await sql("update users set role = 'finance' where id = $1", [userId]);
    const self = { kind: "staff", userId, sessionId: ids.next("ses"), role: "finance" } as const;
    await expect(move("k", { staff: self })).rejects.toMatchObject({ code: "four_eyes_required" });
    await sql("update users set role = 'renter' where id = $1", [userId]);
    expect(await balanceOf(`user_wallet:${closedUserId}`)).toBe(600);
    await move("k");
    await expect(move("k", { userId: stranger })).rejects.toMatchObject({ code: "idempotency_mismatch" });
    expect((await readPerson(bench.deps, { userId: stranger })).closedAccounts).toEqual([]);
  });
});
