import { describe, expect, test } from "vitest";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createStation } from "../support/factories.ts";
import { dial, newNumber, openExchange, rented, subscriber } from "./handset.ts";

const userOf = async (exchange: ReturnType<typeof openExchange>, number: string) =>
  (
    await sql<{ id: string; state: string; locale: string; name: string; terms_version: string }>(
      "select id, state, locale, name, terms_version from users where phone_hash = $1",
      [await exchange.deps.phoneHash.hex(number)],
    )
  )[0];

describe("an account on a keypad", () => {
  test("is made in the menu with the terms named before, because the gateway vouches for the number; twice is once", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const call = dial(exchange, number);
    expect((await call.press("4")).text).toContain("9 Jisajili");
    expect((await call.press("9")).text).toContain("/terms");
    expect(await userOf(exchange, number)).toBeUndefined();
    expect(await call.press("1")).toMatchObject({ isEnd: true });
    const made = await userOf(exchange, number);
    expect(made).toMatchObject({ state: "active", locale: "sw", terms_version: exchange.deps.config.TERMS_VERSION });
    await call.post("4*9*1");
    expect(await userOf(exchange, number)).toEqual(made);
    expect((await dial(exchange, number).press("4")).text).toMatch(/^Salio Sh 0\./);
  });

  test("speaks the language that was chosen from then on", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await subscriber(exchange, number);
    expect((await dial(exchange, number).press("7", "2")).text).toContain("1 Rent a power bank");
    expect(await userOf(exchange, number)).toMatchObject({ locale: "en" });
    expect((await dial(exchange, number).press()).text).toContain("1 Rent a power bank");
    expect((await dial(exchange, number).press("8")).text).toContain("To rent");
  });

  test("that has none yet is made in the language that was chosen before", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await dial(exchange, number).press("7", "2", "4", "9", "1");
    expect(await userOf(exchange, number)).toMatchObject({ locale: "en" });
  });

  test("tells the wallet, what is held and what is owed", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const userId = await subscriber(exchange, number, { walletTzs: 8_000 });
    await rented(exchange, userId, await createStation());
    expect((await dial(exchange, number).press("4")).text).toMatch(/Salio Sh 3,000\. Amana iliyoshikiliwa Sh 5,000/);
  });

  test("sends money to its own number only, what the wallet may lose, once", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const userId = await subscriber(exchange, number, { walletTzs: 7_000 });
    const call = dial(exchange, number);
    expect((await call.press("4", "1")).text).toContain("Sh 7,000");
    expect((await call.press("9000")).text).toContain("Sh 7,000");
    expect((await call.press("0", "3000")).text).toMatch(/Sh 3,000 .*M-Pesa/);
    expect(await call.press("1")).toMatchObject({ isEnd: true });
    await call.post("4*1*9000*0*3000*1");
    await exchange.settle();
    expect(exchange.sends).toMatchObject([{ amountTzs: 3_000, msisdn: number, provider: "mpesa" }]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
    expect((await dial(exchange, number).press("4", "1")).text).not.toContain("4,000");
    expect(await bookBreaks()).toEqual([]);
  });

  test("pays a debt by a prompt that comes after the session, once", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await subscriber(exchange, number, { debtTzs: 2_500 });
    const call = dial(exchange, number);
    expect((await call.press("4")).text).toContain("2 Lipa deni");
    expect(await call.press("2", "1")).toMatchObject({ isEnd: true });
    await call.post("4*2*1");
    await exchange.settle();
    expect(exchange.prompts).toMatchObject([{ amountTzs: 2_500, msisdn: number }]);
  });
});
