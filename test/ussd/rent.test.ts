import { beforeAll, describe, expect, test } from "vitest";
import { neon, sql } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";
import { dial, newNumber, openExchange, rented, rentalsOf, subscriber } from "./handset.ts";

let station: TestStation;
beforeAll(async () => {
  station = await createStation();
});

describe("renting on a keypad", () => {
  test("makes an account of a number that has none, once the person goes on to pay", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const call = dial(exchange, number);
    expect((await call.press()).text).toMatch(/^Karibu ChajiPoa\n1 Kodi/);
    expect((await call.press("1", station.code)).text).toMatch(/Kariakoo 9\d{5}: amana Sh 5,000/);
    expect((await call.press("1")).text).toMatch(/kufungua akaunti|unafungua akaunti.*\/terms/);
    expect(await rentalsOf(number, exchange)).toEqual([]);
    expect(await call.press("1")).toMatchObject({ isEnd: true, text: expect.stringContaining("Sh 5,000") as string });
    const users = await sql("select state, terms_channel from users where phone_hash = $1", [
      await exchange.deps.phoneHash.hex(number),
    ]);
    expect(users).toEqual([{ state: "active", terms_channel: "ussd" }]);
    expect(await rentalsOf(number, exchange)).toMatchObject([{ status: "awaiting_payment" }]);
  });

  test("ends the session before the phone is asked for its PIN, and asks the wallet of the number's own network", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await neon.hold({ match: "prompt_claim", phase: "before" });
    // The gateway has the last screen while the prompt is still held back.
    expect(await dial(exchange, number).press("1", station.code, "1", "1")).toMatchObject({ isEnd: true });
    expect(exchange.prompts).toEqual([]);
    expect(exchange.stations.calls).toEqual([]);
    await neon.held();
    await neon.release();
    await exchange.settle();
    expect(exchange.prompts).toMatchObject([{ amountTzs: 5_000, msisdn: number, provider: "mpesa" }]);
    expect(exchange.stations.calls.map(({ verb }) => verb)).toEqual(["lease"]);
  });

  test("keeps the prompt back for as long as is configured, by the minute's round too", async () => {
    const exchange = openExchange();
    exchange.deps.config.USSD_PROMPT_DELAY_SECONDS = 7;
    const number = newNumber();
    await dial(exchange, number).press("1", station.code, "1", "1");
    const [payment] = await sql<{ at: string }>(
      "select p.prompt_due_at as at from payments p join users u on u.id = p.user_id where u.phone_hash = $1",
      [await exchange.deps.phoneHash.hex(number)],
    );
    expect(Date.parse(payment!.at)).toBe(exchange.clock.now() + 7_000);
  });

  test("asks another network where one is chosen", async () => {
    const exchange = openExchange();
    await dial(exchange, newNumber()).press("1", station.code, "1", "2", "3");
    await exchange.settle();
    expect(exchange.prompts).toMatchObject([{ provider: "tigo" }]);
  });

  test("with the deposit in the wallet gives out a power bank at once", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await subscriber(exchange, number, { walletTzs: 6_000 });
    const shown = await dial(exchange, number).press("1", station.code, "1", "1");
    expect(shown).toMatchObject({ isEnd: true, text: expect.stringContaining("nafasi 3") as string });
    await exchange.settle();
    expect(exchange.prompts).toEqual([]);
    expect(exchange.stations.calls.map(({ verb }) => verb)).toEqual(["dispense"]);
  });

  test("posted twice, at once or late, is one rental and one prompt, and the same screen", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const call = dial(exchange, number);
    const text = `1*${station.code}*1*1`;
    const shown = await Promise.all([call.post(text), call.post(text), call.post(text)]);
    await exchange.settle();
    shown.push(await call.post(text));
    await exchange.settle();
    expect(new Set(shown.map((screen) => screen.text)).size).toBe(1);
    expect(await rentalsOf(number, exchange)).toHaveLength(1);
    expect(exchange.prompts).toHaveLength(1);
  });

  test("goes on after posts that come out of order, and an earlier one does nothing", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const call = dial(exchange, number);
    await call.post(`1*${station.code}*1*1`);
    await exchange.settle();
    await call.post(`1*${station.code}`);
    await call.post("");
    await exchange.settle();
    expect(await rentalsOf(number, exchange)).toHaveLength(1);
    expect(exchange.prompts).toHaveLength(1);
  });

  test("says why it cannot be: an unknown station, one that is closed to renting, a debt, a suspended account, an open rental", async () => {
    const exchange = openExchange();
    expect((await dial(exchange, newNumber()).press("1", "0000")).text).toContain("0000");
    const closed = await createStation();
    await sql("update stations set is_in_service = false where id = $1", [closed.id]);
    expect((await dial(exchange, newNumber()).press("1", closed.code)).isEnd).toBe(false);
    const owes = newNumber();
    await subscriber(exchange, owes, { debtTzs: 1_500 });
    expect((await dial(exchange, owes).press("1")).text).toContain("1,500");
    const suspended = newNumber();
    await subscriber(exchange, suspended, { state: "suspended" });
    expect((await dial(exchange, suspended).press("1")).isEnd).toBe(true);
    expect((await dial(exchange, suspended).press("1", station.code, "1", "1")).isEnd).toBe(true);
    const busy = newNumber();
    const userId = await subscriber(exchange, busy, { walletTzs: 20_000 });
    await rented(exchange, userId, station);
    expect((await dial(exchange, busy).press("1")).text).toContain("Kariakoo");
    expect(await rentalsOf(busy, exchange)).toHaveLength(1);
    expect(exchange.prompts).toEqual([]);
  });

  test("can be given up while it waits for money; a late repeat leaves the next rental alone", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await dial(exchange, number).press("1", station.code, "1", "1");
    await exchange.settle();
    const call = dial(exchange, number);
    expect((await call.press("2", "9")).text).toContain("Hujakatwa");
    expect(await rentalsOf(number, exchange)).toMatchObject([{ status: "cancelled", reason: "renter" }]);
    expect((await call.post("2*9")).text).toContain("Hujakatwa");
    exchange.clock.advance(1_000);
    await dial(exchange, number).press("1", station.code, "1", "1");
    await call.post("2*9");
    expect(await rentalsOf(number, exchange)).toMatchObject([{ status: "cancelled" }, { status: "awaiting_payment" }]);
  });
});
