// Withdrawals, bank payments and the doors of staff over HTTP: the real Worker, Postgres and Redis, AzamPay by its simulator.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "../support/control.ts";
import {
  postCallback,
  postDisbursementCallback,
  type Providers,
  type Renter,
  signIn,
  startProviders,
} from "../support/city.ts";
import { balanceOf, bookBreaks, createStation, createUser, ids } from "../support/factories.ts";

let providers: Providers;
beforeAll(async () => {
  providers = await startProviders();
  env.WITHDRAWAL_APPROVAL_ABOVE_TZS = "20000" as typeof env.WITHDRAWAL_APPROVAL_ABOVE_TZS;
});

interface View {
  id: string;
  state: string;
  code?: string;
  amountTzs: number;
  recipient: { name: string; phone: string };
}

/** Preview and request. `phone` decides what becomes of it. */
const withdraw = async ({ call }: Renter, amountTzs: number, phone = "0754 123 400") => {
  const shown = await call("POST", "/users/wallet/withdrawals/preview", { amountTzs, provider: "mpesa", phone });
  const { preview, ...seen } = await shown.json<{
    preview: string;
    recipientName: string;
    phone: string;
    feeTzs: number;
    withdrawableTzs: number;
  }>();
  const response = await call("POST", "/users/wallet/withdrawals", { preview }, { "idempotency-key": ids.secret(8) });
  return { seen, preview, response, view: await response.clone().json<View>() };
};

/** The callbacks of a withdrawal, posted in their order. */
const deliver = async (id: string, min = 1): Promise<Response[]> => {
  const [row] = await sql<{ external_id: string }>("select external_id from withdrawals where id = $1", [id]);
  const answers: Response[] = [];
  for (const body of await providers.callbacks(row!.external_id, min))
    answers.push(await postDisbursementCallback(body));
  return answers;
};
const simulated = async (id: string) => {
  const [row] = await sql<{ external_id: string }>("select external_id from withdrawals where id = $1", [id]);
  return (await fetch(`${providers.azampayUrl}/control/disbursements?externalId=${row!.external_id}`)).json<
    unknown[]
  >();
};

const createStaff = async (role: "finance" | "support" | "admin"): Promise<Renter> => {
  const userId = await createUser();
  await sql("update users set role = $2 where id = $1", [userId, role]);
  return signIn(userId, undefined, role);
};

describe("a withdrawal over HTTP", () => {
  test("shows the recipient first, is accepted, and is paid when the provider says so", async () => {
    const renter = await signIn(await createUser({ walletTzs: 10_000 }));
    const { seen, response, view } = await withdraw(renter, 4_000);
    expect(seen).toMatchObject({
      recipientName: "ASHA JUMA",
      phone: "+2557•••••400",
      feeTzs: 0,
      withdrawableTzs: 10_000,
    });
    expect([response.status, view]).toMatchObject([
      202,
      { state: "submitted", amountTzs: 4_000, recipient: { name: "ASHA JUMA", phone: "+2557•••••400" } },
    ]);
    expect((await deliver(view.id)).map(({ status }) => status)).toEqual([200]);
    const after = await renter.call("GET", `/users/wallet/withdrawals/${view.id}`);
    expect(await after.json()).toMatchObject({ state: "succeeded" });
    expect(JSON.stringify(await (await renter.call("GET", "/users/wallet/withdrawals")).json())).toContain(view.id);
    const [row] = await sql<{ external_id: string; provider_reference: string }>(
      "select * from withdrawals where id = $1",
      [view.id],
    );
    expect(JSON.stringify(view)).not.toMatch(new RegExp(`${row!.external_id}|${row!.provider_reference}|255754123400`));
    expect(await balanceOf(`user_wallet:${renter.userId}`)).toBe(6_000);
  });

  test("is answered again, and made once, under the same key twenty times at once", async () => {
    const renter = await signIn(await createUser({ walletTzs: 10_000 }));
    const shown = await renter.call("POST", "/users/wallet/withdrawals/preview", {
      amountTzs: 4_000,
      provider: "mpesa",
      phone: "0754123400",
    });
    const { preview } = await shown.json<{ preview: string }>();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        renter.call("POST", "/users/wallet/withdrawals", { preview }, { "idempotency-key": "same" }),
      ),
    );
    // The limit of what moves money ends a client before the twentieth.
    const good = answers.filter(({ status }) => status === 202);
    expect(new Set(answers.map(({ status }) => status))).toEqual(
      new Set(answers.length === good.length ? [202] : [202, 429]),
    );
    const all = new Set(await Promise.all(good.map(async (answer) => (await answer.json<View>()).id)));
    expect(all.size).toBe(1);
    expect(await simulated([...all][0]!)).toHaveLength(1);
    expect(await balanceOf(`user_wallet:${renter.userId}`)).toBe(6_000);
  });

  test.each([
    ["0754123401", 1, "failed", 10_000],
    ["0754123403", 0, "submitted", 6_000],
    ["0754123404", 1, "succeeded", 6_000],
    ["0754123405", 3, "succeeded", 6_000],
    ["0754123406", 2, "failed", 10_000],
    ["0754123407", 1, "submitted", 6_000],
    ["0754123408", 1, "submitted", 6_000],
  ] as const)("to %s, after %i callbacks, is %s", async (phone, callbacks, state, walletTzs) => {
    const renter = await signIn(await createUser({ walletTzs: 10_000 }));
    const { view } = await withdraw(renter, 4_000, phone);
    if (callbacks > 0)
      expect(new Set((await deliver(view.id, callbacks)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(await (await renter.call("GET", `/users/wallet/withdrawals/${view.id}`)).json()).toMatchObject({ state });
    expect(await balanceOf(`user_wallet:${renter.userId}`)).toBe(walletTzs);
    expect(await bookBreaks()).toEqual([]);
  });

  test("is refused with its code for a body, a preview or a key that is not right", async () => {
    const renter = await signIn(await createUser({ walletTzs: 10_000 }));
    const code = async (response: Promise<Response>) => (await (await response).json<{ code: string }>()).code;
    expect(await code(renter.call("POST", "/users/wallet/withdrawals", { preview: "x" }))).toBe(
      "idempotency_key_required",
    );
    expect(
      await code(renter.call("POST", "/users/wallet/withdrawals", { preview: "x" }, { "idempotency-key": "k" })),
    ).toBe("preview_invalid");
    expect(
      await code(renter.call("POST", "/users/wallet/withdrawals", { amountTzs: 5 }, { "idempotency-key": "k" })),
    ).toBe("invalid_request");
    expect(
      await code(
        renter.call("POST", "/users/wallet/withdrawals/preview", {
          amountTzs: 4_000,
          provider: "mpesa",
          phone: "0754123499",
        }),
      ),
    ).toBe("recipient_unknown");
    expect(
      await code(
        renter.call("POST", "/users/wallet/withdrawals/preview", {
          amountTzs: 40_000,
          provider: "mpesa",
          phone: "0754123400",
        }),
      ),
    ).toBe("withdrawal_exceeds_balance");
    expect(await code(renter.call("GET", `/users/wallet/withdrawals/${ids.next("wdr")}`))).toBe("withdrawal_unknown");
  });
});

describe("the address of disbursement callbacks", () => {
  test("is not there without its own secret, and not with that of payments", async () => {
    const { CALLBACK_SECRET } = await import("../support/test-env.ts");
    for (const secret of ["x", CALLBACK_SECRET])
      expect((await postDisbursementCallback("{}", secret)).status).toBe(404);
    expect((await postDisbursementCallback("{}")).status).toBe(200);
  });
});

describe("staff over HTTP", () => {
  test("let a large withdrawal go, and a renter or support may not", async () => {
    const renter = await signIn(await createUser({ walletTzs: 50_000 }));
    const { view } = await withdraw(renter, 30_000);
    expect(view.state).toBe("awaiting_approval");
    const approve = (who: Renter) =>
      who.call("POST", `/admin/withdrawals/${view.id}/approve`, { reason: "called the renter" });
    for (const who of [renter, await createStaff("support")]) expect((await approve(who)).status).toBe(403);
    const finance = await createStaff("finance");
    expect(await (await finance.call("GET", "/admin/withdrawals")).json()).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id: view.id, state: "awaiting_approval" })]),
    });
    expect(await (await approve(finance)).json()).toMatchObject({
      state: "submitted",
      approvedBy: `staff:${finance.userId}`,
    });
    expect(await simulated(view.id)).toHaveLength(1);
    expect((await finance.call("POST", `/admin/withdrawals/${view.id}/reject`, { reason: "too late" })).status).toBe(
      409,
    );
    expect(
      (await finance.call("POST", `/admin/withdrawals/${view.id}/close`, { outcome: "paid", reason: "too early" }))
        .status,
    ).toBe(409);
    expect((await finance.call("POST", `/admin/withdrawals/${view.id}/resend`, { reason: "no callback" })).status).toBe(
      409,
    );
  });

  test("forgive a debt once per key, and not without a reason", async () => {
    const userId = await createUser({ debtTzs: 4_000 });
    const finance = await createStaff("finance");
    const forgive = (body: unknown, key: string, who = finance) =>
      who.call("POST", `/admin/users/${userId}/debt/forgive`, body, { "idempotency-key": key });
    expect((await forgive({}, "a")).status).toBe(400);
    expect((await forgive({ reason: "goodwill" }, "a", await createStaff("support"))).status).toBe(403);
    expect(await (await forgive({ reason: "broken station", amountTzs: 1_000 }, "a")).json()).toEqual({
      currency: "TZS",
      amountTzs: 1_000,
      debtTzs: 3_000,
    });
    const again = await forgive({ reason: "broken station", amountTzs: 1_000 }, "a");
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
    expect(await balanceOf(`user_debt:${userId}`)).toBe(3_000);
  });

  test("do not refund what nothing proves", async () => {
    const finance = await createStaff("finance");
    const refund = (id: number) =>
      finance.call("POST", `/admin/suspense/${id}/refund`, { to: "phone", reason: "mail of the payer" });
    expect(await (await refund(99_999)).json()).toMatchObject({ code: "suspense_unknown" });
  });
});

describe("a bank's customer", () => {
  const bank = (change: object = {}) => ({
    provider: "crdb",
    phone: "0754 123 450",
    accountNumber: "0150123456789",
    otp: "123456",
    ...change,
  });

  test("tops up with a one-time password; neither it nor the account is stored anywhere", async () => {
    const renter = await signIn(await createUser());
    const response = await renter.call(
      "POST",
      "/payments/initiate",
      { purpose: "top_up", amountTzs: 5_000, ...bank() },
      { "idempotency-key": "k" },
    );
    const payment = await response.json<{ id: string; state: string; provider: string }>();
    expect([response.status, payment]).toMatchObject([202, { state: "submitted", provider: "crdb" }]);
    const [row] = await sql<{ external_id: string }>("select * from payments where id = $1", [payment.id]);
    for (const body of await providers.callbacks(row!.external_id)) expect((await postCallback(body)).status).toBe(200);
    expect(await (await renter.call("GET", `/payments/${payment.id}`)).json()).toMatchObject({ state: "succeeded" });
    expect(await balanceOf(`user_wallet:${renter.userId}`)).toBe(5_000);
    expect(JSON.stringify(row)).not.toMatch(/0150123456789|123456"/);
  });

  test("with a wrong password is refused, and without an account is not asked", async () => {
    const renter = await signIn(await createUser());
    const initiate = (body: object, key: string) =>
      renter.call(
        "POST",
        "/payments/initiate",
        { purpose: "top_up", amountTzs: 5_000, ...body },
        { "idempotency-key": key },
      );
    expect(await (await initiate(bank({ otp: "999999" }), "a")).json()).toMatchObject({ code: "payment_refused" });
    expect(await (await initiate({ provider: "crdb", phone: "0754123450" }, "b")).json()).toMatchObject({
      code: "invalid_request",
    });
    expect(await (await initiate({ provider: "mpesa", phone: "0754123450", otp: "123456" }, "c")).json()).toMatchObject(
      { code: "invalid_request" },
    );
  });

  test("starts a rental with it", async () => {
    const renter = await signIn(await createUser());
    const { code } = await createStation();
    const response = await renter.call(
      "POST",
      "/rentals/start",
      { stationCode: code, payment: bank({ provider: "nmb" }) },
      { "idempotency-key": "k" },
    );
    // The station has no hardware; that the payer was understood is what matters here.
    expect((await response.json<{ code?: string }>()).code).not.toBe("invalid_request");
  });
});
