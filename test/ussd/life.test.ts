import { beforeEach, describe, expect, test } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import type { Msisdn } from "../../src/users/service.ts";
import { sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createStation, fundWallet, type TestStation } from "../support/factories.ts";
import { bankIn } from "../support/verbs.ts";
import { dial, type Exchange, newNumber, openExchange, rented, rentalsOf, subscriber, writeText } from "./handset.ts";

let exchange: Exchange;
let station: TestStation;
let number: Msisdn;
let userId: Awaited<ReturnType<typeof subscriber>>;
let rental: Awaited<ReturnType<typeof rented>>;
beforeEach(async () => {
  exchange = openExchange();
  station = await createStation();
  number = newNumber();
  userId = await subscriber(exchange, number, { walletTzs: 5_000 });
  rental = await rented(exchange, userId, station);
});

const dueHours = async () => {
  const [row] = await sql<{ hours: string }>(
    "select extract(epoch from due_at - started_at) / 3600 as hours from rentals where id = $1",
    [rental.id],
  );
  return Number(row!.hours);
};
const lastText = (): string => exchange.texts.findLast(({ msisdn }) => msisdn === number)?.text ?? "";
const replyCode = (): string => /NDIYO (\d{4})/.exec(lastText())?.[1] ?? "none";

describe("status on a keypad", () => {
  test("tells the price of now, the end and the rental's own code", async () => {
    exchange.clock.advance(HOUR_MS);
    const { text } = await dial(exchange, number).press("2");
    expect(text).toContain("Hadi sasa Sh 1,000");
    expect(text).toContain(`Namba ya kukodi ${rental.returnCode}`);
    exchange.clock.advance(5 * HOUR_MS);
    expect((await dial(exchange, number).press("2")).text).toMatch(/UMECHELEWA tangu .*Hadi sasa Sh 2,000/);
  });
});

describe("more time on a keypad", () => {
  test("is paid by a prompt that comes after the session, once; a repeat asks nobody again", async () => {
    const call = dial(exchange, number);
    expect((await call.press("3")).text).toContain("Sh 500");
    expect(await call.press("1")).toMatchObject({ isEnd: true, text: expect.stringContaining("Sh 500") as string });
    await call.post("3*1");
    await exchange.settle();
    await call.post("3*1");
    await exchange.settle();
    expect(exchange.prompts).toMatchObject([{ amountTzs: 500, msisdn: number }]);
    expect(await dueHours()).toBe(4);
  });

  test("comes from the wallet where that has enough, once", async () => {
    await fundWallet(userId, 2_000);
    const call = dial(exchange, number);
    expect((await call.press("3")).text).toContain("1 Lipa kwa salio");
    expect((await call.press("1")).text).toContain("Muda umeongezwa");
    expect((await call.post("3*1")).text).toContain("Muda umeongezwa");
    await exchange.settle();
    expect(exchange.prompts).toEqual([]);
    expect(await dueHours()).toBe(6);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(1_500);
  });

  test("by text spends the wallet only after the reply, and asks for the PIN where the wallet lacks it", async () => {
    await writeText(exchange, number, "ONGEZA");
    expect(exchange.prompts).toMatchObject([{ amountTzs: 500, msisdn: number }]);
    await fundWallet(userId, 2_000);
    await writeText(exchange, number, "ongeza");
    expect(await dueHours()).toBe(4);
    const reply = `NDIYO ${replyCode()}`;
    await writeText(exchange, number, reply, { id: "r" });
    await writeText(exchange, number, reply, { id: "r" });
    await writeText(exchange, number, reply);
    expect(await dueHours()).toBe(6);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(1_500);
  });

  test("is not offered where there is no rental, or no more of it", async () => {
    expect((await dial(exchange, newNumber()).press("3")).text).toContain("Huna power bank");
    await fundWallet(userId, 9_000);
    for (let i = 0; i < 6; i++) await dial(exchange, number).press("3", "1");
    expect((await dial(exchange, number).press("3")).text).not.toContain("1 Lipa");
    await writeText(exchange, number, "ONGEZA");
    expect(lastText()).not.toContain("NDIYO");
  });
});

describe("a lost power bank on a keypad", () => {
  test("is told with its price before, charged once, and a late repeat leaves the next rental alone", async () => {
    exchange.clock.advance(HOUR_MS);
    const call = dial(exchange, number);
    expect((await call.press("5", "1")).text).toMatch(/Sh 21,000/);
    expect(await call.press("1")).toMatchObject({ isEnd: true, text: expect.stringContaining("21,000") as string });
    await call.post("5*1*1");
    expect(await rentalsOf(number, exchange)).toMatchObject([{ status: "lost" }]);
    expect(await balanceOf(`user_debt:${userId}`)).toBe(16_000);
    await fundWallet(userId, 30_000);
    await sql(
      "select ledger_post($1, 'test_debt', now(), now(), array['user_debt:' || $2, 'goodwill'], array[-16000::bigint, 16000::bigint])",
      [`test:${rental.id}`, userId],
    );
    exchange.clock.advance(1_000);
    const next = await rented(exchange, userId, station);
    await call.post("5*1*1");
    expect(await rentalsOf(number, exchange)).toMatchObject([{ status: "lost" }, { id: next.id, status: "active" }]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("that is in a slot already is none", async () => {
    exchange.clock.advance(HOUR_MS);
    await bankIn(exchange, station.id, { powerBankId: rental.powerBankId, seq: 5_000 });
    expect((await dial(exchange, number).press("5")).text).toContain("Ya mwisho ilirudi Kariakoo");
    expect((await dial(exchange, number).press("5", "1", "1")).isEnd).toBe(true);
    expect(await rentalsOf(number, exchange)).toMatchObject([{ status: "completed" }]);
  });
});
