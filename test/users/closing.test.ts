// The end of an account, by the verb and by what is left in the database.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { settleCallback } from "../../src/payments/service.ts";
import { closeAccount } from "../../src/users/service.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createBank, createStation, createUser } from "../support/factories.ts";
import { callback, openTopUp } from "../support/suspense.ts";
import { asUser, bankIn, bankOut, createBench, start, type Bench } from "../support/verbs.ts";
import { signIn, startApp } from "../http/harness.ts";

const close = (bench: Bench, userId: Id<"usr">, giveUpTzs = 0) =>
  closeAccount(bench.deps, asUser(userId), { giveUpTzs, requestId: "req_test" });
const userOf = async (userId: Id<"usr">) => (await sql("select * from users where id = $1", [userId]))[0]!;

/** A finished rental of one hour, with its receipt. */
const rentOnce = async (bench: Bench, userId: Id<"usr">) => {
  const station = await createStation();
  const powerBankId = await createBank();
  const { rental } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
  bench.clock.advance(HOUR_MS);
  await bankIn(bench, station.id, { powerBankId, seq: 2 });
  return rental.id;
};
const empty = (userId: Id<"usr">) =>
  sql(
    `select ledger_post('test:' || $1, 'test_out', now(), now(), array['user_wallet:' || $1, 'azampay_clearing'],
       array[(select balance_tzs from accounts where code = 'user_wallet:' || $1), -(select balance_tzs from accounts where code = 'user_wallet:' || $1)])`,
    [userId],
  );

/** Every table in which some row, read as text, matches. */
const tablesWith = async (pattern: string): Promise<string[]> => {
  const tables = await sql<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  const found = await sql<{ name: string }>(
    tables.map(({ name }) => `select '${name}' as name from "${name}" t where t::text ~ $1`).join(" union "),
    [pattern],
  );
  return found.map(({ name }) => name).toSorted();
};

beforeAll(() => {
  env.AZAMPAY_CALLBACK_SIGNATURE = "off" as typeof env.AZAMPAY_CALLBACK_SIGNATURE;
});

describe("closing is refused, and changes nothing,", () => {
  const refused = async (bench: Bench, userId: Id<"usr">, refusal: Record<string, unknown>, giveUpTzs = 0) => {
    const before = await userOf(userId);
    await expect(close(bench, userId, giveUpTzs)).rejects.toMatchObject(refusal);
    expect(await userOf(userId)).toEqual(before);
  };

  test("while a rental is open, in each of its states", async () => {
    const bench = createBench();
    const userId = await createUser({ walletTzs: 5_000 });
    const [station, powerBankId] = [await createStation(), await createBank()];
    const { rental } = await start(bench, userId, station);
    await refused(bench, userId, { code: "rental_already_open" });
    await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
    await refused(bench, userId, { code: "rental_already_open" });
    const poor = await createUser();
    await start(bench, poor, station, { phone: "0754 123 456" });
    await refused(bench, poor, { code: "rental_already_open" });
  });

  test("while something is owed", async () => {
    await refused(createBench(), await createUser({ debtTzs: 1 }), { code: "debt_open" });
  });

  test("while there is money in the wallet: it is paid out first, or given up to the shilling where it is too little for that", async () => {
    const bench = createBench();
    const least = bench.deps.config.WITHDRAWAL_MIN_TZS + bench.deps.config.WITHDRAWAL_FEE_TZS;
    const rich = await createUser({ walletTzs: least });
    const details = { walletTzs: least, mayGiveUp: false };
    await refused(bench, rich, { code: "wallet_not_empty", details });
    await refused(bench, rich, { code: "wallet_not_empty", details }, least);
    const small = await createUser({ walletTzs: 300 });
    await refused(bench, small, { code: "wallet_not_empty", details: { walletTzs: 300, mayGiveUp: true } });
    await refused(bench, small, { code: "wallet_not_empty" }, 299);
    const goodwill = await balanceOf("goodwill");
    await close(bench, small, 300);
    expect(await balanceOf(`user_wallet:${small}`)).toBe(0);
    expect(await balanceOf("goodwill")).toBe(goodwill - 300);
  });

  test("while money is on its way, in or out", async () => {
    const bench = createBench();
    const userId = await createUser();
    const payment = await openTopUp(bench, userId, 7_000);
    await refused(bench, userId, { code: "payment_in_flight" });
    await settleCallback(bench.deps, callback(payment, { transactionstatus: "failed" }), "req_test");
    await sql(
      `insert into withdrawal_requests (id, user_id, amount_tzs, provider, state, not_before, created_at) values ($1, $2, 1000, 'mpesa', 'waiting', now(), now())`,
      [`ask_${userId}`, userId],
    );
    await refused(bench, userId, { code: "withdrawal_in_flight" });
    await sql("update withdrawal_requests set state = 'refused' where user_id = $1", [userId]);
    await close(bench, userId);
  });

  test("for one that is suspended, and for staff", async () => {
    const bench = createBench();
    await refused(bench, await createUser({ state: "suspended" }), { code: "account_suspended" });
    const staff = await createUser();
    await sql("update users set role = 'support' where id = $1", [staff]);
    await refused(bench, staff, { code: "forbidden" });
  });
});

describe("a closed account", () => {
  test("has no personal data, and its books stand as they stood", async () => {
    const app = startApp();
    const { userId, accessToken: token, phone, refreshToken } = await signIn(app);
    await app.call("PUT", "/api/v1/users/profile", {
      token,
      json: { name: "Zuhura Mwakalinga", locale: "sw", email: "zuhura@example.co.tz" },
    });
    const bench = createBench({ startMs: app.clock.now() });
    await sql(
      `select ledger_post('test:in' || $1, 'test_funding', now(), now(), array['azampay_clearing', 'user_wallet:' || $1], array[9000, -9000])`,
      [userId],
    );
    const rentalId = await rentOnce(bench, userId);
    await empty(userId);
    const books = () =>
      sql(
        "select a.code, p.entry_id, p.amount_tzs from postings p join accounts a on a.id = p.account_id where a.code like '%' || $1 or a.code like '%' || $2 order by 2, 1",
        [userId, rentalId],
      );
    const before = await books();

    const traces = `Mwakalinga|example\\.co\\.tz|${phone.slice(1)}`;
    expect(await tablesWith(traces)).toEqual(["users"]);
    expect((await app.call("DELETE", "/api/v1/users/profile", { token })).status).toBe(204);
    const { id, locale, role, created_at, updated_at, activated_at, closed_at, closed_phone_hash, ...rest } =
      await userOf(userId);
    expect(rest).toMatchObject({
      state: "closed",
      name: "-",
      phone_hash: null,
      phone_sealed: null,
      email_sealed: null,
    });
    expect([id, locale, role, created_at, updated_at, activated_at, closed_at, closed_phone_hash]).not.toContain(null);
    expect(await sql("select distinct revoked_reason, device from sessions where user_id = $1", [userId])).toEqual([
      { revoked_reason: "closed", device: null },
    ]);
    expect(
      await sql("select distinct params, state from messages where user_id = $1 and params <> '{}'", [userId]),
    ).toEqual([]);
    expect(await books()).toEqual(before);
    expect(await bookBreaks()).toEqual([]);
    expect(await sql("select total_tzs from receipts where rental_id = $1", [rentalId])).toEqual([
      { total_tzs: "1000" },
    ]);
    expect(
      await sql("select action from audit_log where subject = $1 and action = 'account_closed'", [userId]),
    ).toHaveLength(1);

    expect(await tablesWith(traces)).toEqual([]);

    const refresh = await app.call("POST", "/api/v1/auth/refresh", { json: { refreshToken } });
    expect(refresh.body["code"]).toBe("refresh_invalid");
    expect((await app.call("GET", "/api/v1/users/profile", { token })).body["code"]).toBe("account_closed");
    expect((await app.call("DELETE", "/api/v1/users/profile", { token })).status).toBe(204);
  });

  test("leaves its number free: whoever has it registers as somebody new", async () => {
    const app = startApp();
    const { userId, accessToken: token, phone } = await signIn(app);
    expect((await app.call("DELETE", "/api/v1/users/profile", { token })).status).toBe(204);
    app.clock.advance(HOUR_MS);
    const again = await signIn(app, phone);
    expect(again.userId).not.toBe(userId);
    expect((await app.call("GET", "/api/v1/users/rentals", { token: again.accessToken })).body["items"]).toEqual([]);
  });

  test("gets no money any more: what is paid late lies in suspense, for staff to give back", async () => {
    const bench = createBench();
    const userId = await createUser();
    const payment = await openTopUp(bench, userId, 7_000);
    await settleCallback(bench.deps, callback(payment, { transactionstatus: "failed" }), "req_test");
    await close(bench, userId);
    expect(await settleCallback(bench.deps, callback(payment), "req_test")).toMatchObject({
      outcome: "suspense",
    });
    expect(await settleCallback(bench.deps, callback(payment), "req_test")).toMatchObject({
      outcome: "duplicate",
    });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect(
      await sql("select reason, amount_tzs, state from suspense_items where payment_id = $1", [payment.id]),
    ).toEqual([{ reason: "account_closed", amount_tzs: "7000", state: "open" }]);
    expect(await bookBreaks()).toEqual([]);
  });
});
