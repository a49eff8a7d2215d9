import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "../support/control.ts";
import { eventually, openStation, postCallback, type Providers, signIn, startProviders } from "../support/city.ts";
import { balanceOf, bookBreaks, createUser } from "../support/factories.ts";

let providers: Providers;
beforeAll(async () => {
  providers = await startProviders();
});

describe("fifty renters at a station with three banks", () => {
  test("make exactly three rentals, forty-seven clear refusals and leave no other hold", async () => {
    const station = await openStation([90, 85, 80]);
    const renters = await Promise.all(
      Array.from({ length: 50 }, async () => signIn(await createUser({ walletTzs: 5_000 }))),
    );
    const answers = await Promise.all(
      renters.map(({ call }) =>
        call("POST", "/rentals/start", { stationCode: station.code }, { "idempotency-key": "one" }),
      ),
    );
    const refusals = await Promise.all(
      answers.filter(({ status }) => status !== 202).map((answer) => answer.json<{ code: string; status: number }>()),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
    expect(refusals).toHaveLength(47);
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(["no_power_bank"]));
    await eventually(
      () =>
        sql<{ status: string; n: number }>(
          "select status, count(*)::int as n from rentals where station_id = $1 group by 1 order by 1",
          [station.id],
        ),
      (rows) => rows.some(({ status, n }) => status === "active" && n === 3),
    );
    expect(
      await sql(
        "select status, count(*)::int as n from rentals where station_id = $1 and status <> 'cancelled' group by 1",
        [station.id],
      ),
    ).toEqual([{ status: "active", n: 3 }]);
    expect(await sql("select count(*)::int as n from accounts where kind = 'user_hold' and balance_tzs > 0")).toEqual([
      { n: 3 },
    ]);
    expect(station.client.received.filter(({ type }) => type === "eject")).toHaveLength(3);
    expect(station.client.model.cabinet.banks()).toEqual([]);
    expect(await bookBreaks()).toEqual([]);
  });
});

describe("one renter", () => {
  test("who sends the same start twenty times gets one rental and one bank", async () => {
    const station = await openStation([90, 85, 80]);
    const { userId, call } = await signIn(await createUser({ walletTzs: 20_000 }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        call("POST", "/rentals/start", { stationCode: station.code }, { "idempotency-key": "same" }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(answers.filter((answer) => answer.headers.get("idempotency-replayed") === "true")).toHaveLength(19);
    const ids = await Promise.all(answers.map(async (answer) => (await answer.json<{ id: string }>()).id));
    expect(new Set(ids).size).toBe(1);
    await eventually(
      () => sql<{ status: string }>("select status from rentals where user_id = $1", [userId]),
      (rows) => rows[0]?.status === "active",
    );
    expect(station.client.received.filter(({ type }) => type === "eject")).toHaveLength(1);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(15_000);
  });

  test("who starts at two stations at once gets one rental", async () => {
    const stations = [await openStation([90]), await openStation([90])];
    const { userId, call } = await signIn(await createUser({ walletTzs: 20_000 }));
    const answers = await Promise.all(
      stations.map(({ code }, i) =>
        call("POST", "/rentals/start", { stationCode: code }, { "idempotency-key": `key-${i}` }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409]);
    expect(await sql("select count(*)::int as n from rentals where user_id = $1", [userId])).toEqual([{ n: 1 }]);
    expect(
      await balanceOf(
        `user_hold:${(await sql<{ id: string }>("select id from rentals where user_id = $1", [userId]))[0]!.id}`,
      ),
    ).toBe(5_000);
  });

  test("whose callback arrives twenty times at once is credited once and gets one bank", async () => {
    const station = await openStation([90, 80]);
    const { call } = await signIn(await createUser());
    const start = await call(
      "POST",
      "/rentals/start",
      { stationCode: station.code, payment: { provider: "mpesa", phone: "0754700100" } },
      { "idempotency-key": "k" },
    );
    const { id } = await start.json<{ id: string }>();
    const [payment] = await sql<{ external_id: string }>("select external_id from payments where rental_id = $1", [id]);
    const [callback] = await providers.callbacks(payment!.external_id);

    const answers = await Promise.all(Array.from({ length: 20 }, () => postCallback(callback!)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await eventually(
      () => sql<{ status: string }>("select status from rentals where id = $1", [id]),
      (rows) => rows[0]?.status === "active",
    );
    expect(station.client.received.filter(({ type }) => type === "eject")).toHaveLength(1);
    expect(
      await sql(
        "select count(*)::int as n from journal_entries where kind = 'payment_received' and reference = (select 'payment:' || id || ':credit' from payments where rental_id = $1)",
        [id],
      ),
    ).toEqual([{ n: 1 }]);
    expect(await bookBreaks()).toEqual([]);
  });
});
