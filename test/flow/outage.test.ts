// Postgres or Redis away for hours of the city's time. Nothing that a station proves is lost, and nobody pays for the wait.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { runMinute } from "../../src/jobs.ts";
import { quote } from "../../src/pricing/quote.ts";
import { defaultTariff, defaultVatRates } from "../../src/pricing/tariff.ts";
import { neon, redis, sql } from "../support/control.ts";
import { callWith, startProviders } from "../support/city.ts";
import { type ClockedCity, type ClockedStation, foundCity } from "../support/clocked-city.ts";
import { balanceOf, bookBreaks } from "../support/factories.ts";

let city: ClockedCity;
beforeAll(async () => {
  await startProviders();
});
beforeEach(() => {
  city = foundCity();
});

const start = async (station: ClockedStation, walletTzs = 5_000) => {
  const renter = await city.renter(walletTzs);
  const send = () => renter.call("POST", "/rentals/start", { stationCode: station.code }, { "idempotency-key": "one" });
  const response = await send();
  return { ...renter, send, response, body: await response.json<{ id: string; code?: string }>() };
};

interface Row {
  status: string;
  power_bank_id: string;
  started: number;
  ended: number;
  total_tzs: string;
}
const rentalOf = async (id: string): Promise<Row> =>
  (
    await sql<Row>(
      `select status, power_bank_id, total_tzs, (extract(epoch from started_at) * 1000)::float8 as started,
         (extract(epoch from ended_at) * 1000)::float8 as ended from rentals where id = $1`,
      [id],
    )
  )[0]!;

describe("while Postgres is away for longer than an alarm's own retries would last", () => {
  test(
    "returns are taken and kept, and all of them settle as of their own time when it is back",
    { timeout: 40_000 },
    async () => {
      const from = await city.station([95, 90, 85, 80, 75]);
      const to = await city.station([]);
      // The last one's bank leaves when Postgres is gone already.
      const renters = [];
      for (let n = 0; n < 5; n++) {
        if (n === 4) from.client.arm({ kind: "late_drop", ms: MINUTE_MS, times: 1 });
        renters.push(await start(from));
        await from.client.frame("eject", n + 1);
        await from.client.settled();
        await from.idle();
      }
      for (const { body } of renters.slice(0, 4)) expect(await rentalOf(body.id)).toMatchObject({ status: "active" });
      expect(await rentalOf(renters[4]!.body.id)).toMatchObject({ status: "dispensing" });

      await neon.arm({ refuse: { mode: "error" } });
      city.clock.pass(MINUTE_MS);
      const leftAtMs = city.clock.now();
      await from.client.settled();
      city.clock.pass(HOUR_MS);
      const returnedAtMs: number[] = [];
      for (const [n, powerBankId] of from.banks.entries()) {
        city.clock.pass(10 * MINUTE_MS);
        const station = n % 2 === 0 ? to : from;
        station.client.model.insert({ powerBankId });
        // Acknowledged: from here on it is the object's to lose.
        await station.client.settled();
        returnedAtMs.push(city.clock.now());
      }
      for (let round = 0; round < 14; round++) {
        city.clock.pass(30 * MINUTE_MS);
        if (round % 5 === 0) await Promise.all([from.evict(), to.evict(), runMinute(city.deps)]);
        const [first, second] = await Promise.all([from.alarm(), to.alarm()]);
        expect([first, second]).toEqual([true, true]);
      }
      for (const station of [from, to]) {
        const waiting = await station.rows<{ attempts: number; is_parked: number }>(
          "select attempts, is_parked from outbox where power_bank_id is not null order by id",
        );
        expect(waiting[0]!.attempts).toBeGreaterThanOrEqual(10);
        expect(waiting.every(({ is_parked }) => is_parked === 0)).toBe(true);
      }

      await neon.clear();
      for (let round = 0; round < 3; round++) {
        city.clock.pass(6 * MINUTE_MS);
        await to.alarm();
        await from.alarm();
      }
      await runMinute(city.deps);
      await city.settled();

      const facts = { extensions: [], pauses: [], freeReturn: false };
      for (const [n, { body, userId }] of renters.entries()) {
        const rental = await rentalOf(body.id);
        expect(rental).toMatchObject({ status: "completed", ended: returnedAtMs[n], total_tzs: "1000" });
        const billedNow = quote(
          { ...defaultTariff, vatRates: defaultVatRates },
          { ...facts, startedAtMs: rental.started },
          city.clock.now(),
        );
        expect(billedNow.totalTzs).toBeGreaterThan(1_000);
        expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
        expect(await balanceOf(`user_debt:${userId}`)).toBe(0);
        expect(
          await sql(
            "select total_tzs::int as total, number is not null as numbered from receipts where rental_id = $1",
            [body.id],
          ),
        ).toEqual([{ total: 1_000, numbered: true }]);
      }
      expect((await rentalOf(renters[4]!.body.id)).started).toBe(leftAtMs);
      expect(await sql("select code from accounts where kind = 'user_hold' and balance_tzs <> 0")).toEqual([]);
      expect(await bookBreaks()).toEqual([]);
      for (const station of [from, to])
        expect(
          await station.rows("select id from outbox where power_bank_id is not null or rental_id is not null"),
        ).toEqual([]);
    },
  );

  test("starts answer 503 at once and hold nothing, and the same start goes through when it is back", async () => {
    const station = await city.station([90]);
    await neon.arm({ refuse: { mode: "close" } });
    const { send, response, body, userId } = await start(station);
    expect(response.status).toBe(503);
    expect(body.code).toBe("unavailable");
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await neon.during(send)).requests).toBeLessThanOrEqual(3);
    expect(
      await station.rows(
        "select rental_id from leases union all select rental_id from commands union all select rental_id from due",
      ),
    ).toEqual([]);
    expect(station.client.received.filter(({ type }) => type === "eject")).toEqual([]);
    await neon.clear();
    expect(await sql("select id from rentals where user_id = $1", [userId])).toEqual([]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);

    expect((await send()).status).toBe(202);
    await station.client.settled();
    await station.idle();
    expect(await sql("select status from rentals where user_id = $1", [userId])).toEqual([{ status: "active" }]);
  });
});

describe("while Redis is away", () => {
  test("codes are answered 503 with Retry-After, for every way to ask for one", async () => {
    const visitor = callWith(null, city.open);
    const phone = "0754812345";
    const { challengeId } = await (
      await visitor("POST", "/auth/register", { phone, name: "Asha", locale: "sw" })
    ).json<{ challengeId: string }>();
    await redis.arm({ refuse: { mode: "close" } });
    const answers = [
      await visitor("POST", "/auth/register", { phone: "0754812346", name: "Juma", locale: "sw" }),
      await visitor("POST", "/auth/login", { phone }),
      await visitor("POST", "/auth/resend-otp", { challengeId, phone }),
      await visitor("POST", "/auth/verify-phone", { challengeId, phone, otp: "123456" }),
    ];
    await redis.clear();
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await answer.json<{ code: string }>()).code).toBe("unavailable");
    }
    expect((await visitor("POST", "/auth/register", { phone: "0754812347", name: "Neema", locale: "sw" })).status).toBe(
      202,
    );
  });

  test("those who are signed in go on: with a full wallet, and with one that has to be filled", async () => {
    const station = await city.station([90, 80]);
    await redis.arm({ refuse: { mode: "close" } });
    const { response, call, userId } = await start(station);
    expect(response.status).toBe(202);
    expect((await call("GET", "/users/wallet")).status).toBe(200);
    await station.client.settled();
    await station.idle();
    const short = await city.renter();
    const payment = { provider: "mpesa", phone: "0754812300" };
    const asked = await short.call(
      "POST",
      "/rentals/start",
      { stationCode: station.code, payment },
      { "idempotency-key": "one" },
    );
    await redis.clear();
    expect(await asked.json()).toMatchObject({ status: "awaiting_payment", payment: { state: "submitted" } });
    expect(await sql("select status from rentals where user_id = $1", [userId])).toEqual([{ status: "active" }]);
  });
});
