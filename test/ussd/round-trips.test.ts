// Each answer of a menu is at most three statements one after the other, and none of them waits for a provider: with a database 150 ms
// away that is 450 ms of waiting, and a keypad waits for a second.
import { beforeAll, describe, expect, test } from "vitest";
import { neon, redis } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";
import { dial, type Exchange, newNumber, openExchange, postBeem, rented, subscriber } from "./handset.ts";

let station: TestStation;
let exchange: Exchange;
beforeAll(async () => {
  station = await createStation();
  exchange = openExchange();
});

/** What comes after the answer. */
const LATER = ["prompt_claim", "messages_claim", "message_sent", "payment_submitted"];
const WITHDRAWING = ["asks_claim", "ask_close", "quote", "open", "claim", "sent"].map((step) => `withdrawal_${step}`);

const costOf = async (work: () => Promise<{ isEnd: boolean }>) => {
  let toRedis = -1;
  let isEnd = false;
  const { texts } = await neon.during(async () => {
    toRedis = (
      await redis.during(async () => {
        isEnd = (await work()).isEnd;
      })
    ).requests;
  });
  const called = texts.map((text) => /select "(\w+)"/.exec(text)?.[1] ?? "query");
  return { statements: called.filter((name) => ![...LATER, ...WITHDRAWING].includes(name)), toRedis, isEnd };
};

const costAt = async (number: string, text: string) => {
  const call = dial(exchange, number);
  const cost = await costOf(() => call.post(text));
  // Only now may what was put off begin to count elsewhere.
  await exchange.settle();
  return cost;
};
const read = { statements: ["caller_read"], toRedis: 0 };

describe("an answer to a keypad", () => {
  test("that only says something is one statement, whoever calls", async () => {
    const funded = newNumber();
    await subscriber(exchange, funded, { walletTzs: 9_000 });
    for (const number of [newNumber(), funded]) {
      for (const text of [
        "",
        "1",
        `1*${station.code}`,
        `1*${station.code}*1`,
        "2",
        "3",
        "4",
        "4*1",
        "5",
        "7",
        "8",
        "x",
      ])
        expect(await costAt(number, text)).toMatchObject(read);
    }
  });

  test("that starts a rental is two statements, and one more for a number that had no account", async () => {
    const funded = newNumber();
    await subscriber(exchange, funded, { walletTzs: 9_000 });
    const text = `1*${station.code}*1*1`;
    expect((await costAt(funded, text)).statements).toEqual(["caller_read", "rental_open"]);
    expect((await costAt(newNumber(), text)).statements).toEqual(["caller_read", "user_vouch", "rental_open"]);
  });

  test("that changes something else is at most three", async () => {
    const number = newNumber();
    await subscriber(exchange, number, { walletTzs: 4_000 });
    expect((await costAt(number, "7*2")).statements).toEqual(["caller_read", "user_speak"]);
    expect((await costAt(number, "4*1*1*1")).statements).toEqual(["caller_read", "withdrawal_ask"]);
    expect((await costAt(newNumber(), "4*9*1")).statements).toEqual(["caller_read", "user_vouch"]);
    const owing = newNumber();
    await subscriber(exchange, owing, { debtTzs: 2_000 });
    expect((await costAt(owing, "4*2*1")).statements).toEqual(["caller_read", "payment_open"]);
    const waiting = newNumber();
    await dial(exchange, waiting).press("1", station.code, "1", "1");
    await exchange.settle();
    expect((await costAt(waiting, "2*9")).statements).toEqual(["caller_read", "keypad_bind", "rental_cancel"]);
  });

  test("that prolongs or ends a rental is three", async () => {
    const number = newNumber();
    await rented(exchange, await subscriber(exchange, number, { walletTzs: 9_000 }), station);
    expect((await costAt(number, "2")).statements).toEqual(["caller_read"]);
    expect((await costAt(number, "3")).statements).toEqual(["caller_read"]);
    expect((await costAt(number, "3*1")).statements).toEqual(["caller_read", "query", "rental_extend"]);
    // What the station says comes later, as a text.
    const returned = (await costAt(number, `5*2*${station.code}`)).statements;
    expect(returned.slice(0, 2)).toEqual(["caller_read", "keypad_bind"]);
    expect((await costAt(number, "5*1*1")).statements).toEqual(["caller_read", "query", "rental_lose"]);
  });

  test("about somebody else's rental asks Redis beside the database", async () => {
    const userId = await subscriber(exchange, newNumber(), { walletTzs: 9_000 });
    const { returnCode } = await rented(exchange, userId, station);
    expect(await costAt(newNumber(), `6*${returnCode}`)).toMatchObject({ ...read, toRedis: 1 });
  });

  test("through a gateway that sends only the last input is one request to Redis more", async () => {
    const number = newNumber();
    for (const [index, response] of ["0", "1", station.code].entries()) {
      const cost = await costOf(() => postBeem(exchange, { number, session: "77", index, response }));
      expect(cost).toMatchObject({ ...read, toRedis: 1 });
    }
  });
});
