import { beforeAll, describe, expect, test } from "vitest";
import { redis } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";
import { type Exchange, newNumber, openExchange, postBeem, rentalsOf } from "./handset.ts";

let station: TestStation;
beforeAll(async () => {
  station = await createStation();
});

const session = (exchange: Exchange, number = newNumber(), id = String(Math.floor(Math.random() * 1e9))) => ({
  number,
  id,
  post: (index: number, response: string | number = 0, command?: string) =>
    postBeem(exchange, { number, session: id, index, response, ...(command ? { command } : {}) }),
});

describe("a gateway that sends only the last input", () => {
  test("is led through the menu, and told how many inputs there were", async () => {
    const exchange = openExchange();
    const { number, id, post } = session(exchange);
    const first = await post(0);
    expect(first.echo).toEqual({ msisdn: number, operator: "vodacom", session_id: id });
    expect(first).toMatchObject({ isEnd: false, index: 1, text: expect.stringContaining("1 Kodi") as string });
    expect((await post(1, 1)).text).toContain("namba ya kituo");
    expect((await post(2, station.code)).text).toContain("Kariakoo");
    expect((await post(3, "1")).text).toContain("M-Pesa");
    expect(await post(4, "1")).toMatchObject({ isEnd: true, index: 5 });
    await exchange.settle();
    expect(await rentalsOf(number, exchange)).toHaveLength(1);
    expect(exchange.prompts).toHaveLength(1);
  });

  test("that posts twice, or an earlier input once more, changes nothing and gets the screen of then", async () => {
    const exchange = openExchange();
    const { number, post } = session(exchange);
    await post(0);
    await post(1, "1");
    const price = await post(2, station.code);
    await post(3, "1");
    const last = await post(4, "1");
    expect(await post(4, "1")).toEqual(last);
    expect((await Promise.all([post(4, "1"), post(4, "1")])).map(({ text }) => text)).toEqual([last.text, last.text]);
    expect((await post(2, station.code)).isEnd).toBe(price.isEnd);
    // Another answer under an old number is not what was typed first.
    expect((await post(4, "2")).text).toBe(last.text);
    await exchange.settle();
    expect(await rentalsOf(number, exchange)).toHaveLength(1);
    expect(exchange.prompts).toHaveLength(1);
  });

  test("that posts an input before the one that leads to it has nothing done", async () => {
    const exchange = openExchange();
    const { number, post } = session(exchange);
    await post(0);
    await post(1, "1");
    const early = await post(4, "1");
    expect(early.text).toMatch(/^Tumeanza upya\.\n1 Kodi/);
    await post(3, "1");
    await post(2, station.code);
    expect(await rentalsOf(number, exchange)).toEqual([]);
  });

  test("whose session was forgotten begins again, and says so", async () => {
    const exchange = openExchange();
    const { number, post } = session(exchange);
    expect((await post(3, "1")).text).toMatch(/^Tumeanza upya\./);
    expect((await post(4, "1")).text).toContain("namba ya kituo");
    expect((await post(5, station.code)).text).toContain("Kariakoo");
    await post(6, "1");
    expect(await post(7, "1")).toMatchObject({ isEnd: true });
    expect(await rentalsOf(number, exchange)).toHaveLength(1);
  });

  test("is answered while Redis is away", async () => {
    const exchange = openExchange();
    const { post } = session(exchange);
    await redis.arm({ refuse: { mode: "close" } });
    expect((await post(0)).text).toContain("1 Kodi");
    expect((await post(1, "1")).text).toMatch(/^Tumeanza upya\./);
    await redis.clear();
  });

  test("keeps two numbers apart under one session's name", async () => {
    const exchange = openExchange();
    const first = session(exchange);
    const second = session(exchange, newNumber(), first.id);
    await first.post(0);
    await first.post(1, "1");
    expect((await second.post(0)).text).toContain("1 Kodi");
    expect((await second.post(1, "8")).isEnd).toBe(true);
    expect((await first.post(2, station.code)).text).toContain("Kariakoo");
  });

  test("that tells that the caller hung up is told goodbye, and nothing is taken for an input", async () => {
    const exchange = openExchange();
    const { number, post } = session(exchange);
    await post(0);
    await post(1, "1");
    await post(2, station.code);
    await post(3, "1");
    expect(await post(4, "1", "terminate")).toMatchObject({ isEnd: true });
    expect(await rentalsOf(number, exchange)).toEqual([]);
  });
});
