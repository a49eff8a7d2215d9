// Each answer of a menu waits for at most three statements one after the other, and for no provider: with a database 150 ms away that is
// 450 ms of waiting, and a keypad waits for a second. Here every statement is held back; only those that are named are let through, in their
// order, each when nothing was answered yet. All else hangs, put off or not, and the answer has to come all the same.
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { everyPlace } from "../../dev/screens/walk.ts";
import { follow } from "../../src/ussd/menu.ts";
import { neon, redis } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";
import { dial, type Exchange, newNumber, openExchange, postBeem, rented, type Shown, subscriber } from "./handset.ts";

let station: TestStation;
let exchange: Exchange;
beforeAll(async () => {
  station = await createStation();
  exchange = openExchange();
});
afterEach(() => neon.clear());

const MOST = 3;
const nameOf = (text: string): string => /select "(\w+)"/.exec(text)?.[1] ?? "query";

/** Lets the statement of this name go on; every other stays where it is. */
const letGo = (name: string): Promise<void> =>
  vi.waitFor(
    async () => {
      const request = (await neon.held()).find(({ text }) => nameOf(text) === name);
      if (!request) throw new Error(`nothing waits at ${name}`);
      expect(await neon.release("continue", request.id)).toBe(1);
    },
    { timeout: 4_000, interval: 5 },
  );

/** What is shown after these statements and no other; how often Redis was asked until then. */
const answerAfter = async (
  statements: string[],
  post: () => Promise<Shown>,
): Promise<{ shown: Shown; toRedis: number }> => {
  expect(statements.length).toBeLessThanOrEqual(MOST);
  let shown: Shown | null = null;
  await neon.hold({ phase: "before", count: 1_000 });
  const { requests: toRedis } = await redis.during(async () => {
    const answer = post().then((screen) => (shown = screen));
    for (const name of statements) {
      await letGo(name);
      if (name !== statements.at(-1)) expect(shown).toBeNull();
    }
    const isShown = () => expect(shown).not.toBeNull();
    await vi.waitFor(isShown, { timeout: 4_000, interval: 1 }).catch(async () => {
      const hanging = (await neon.held(0)).map(({ text }) => nameOf(text));
      throw new Error(`no answer after ${statements.join(", ")}; held: ${hanging.join(", ")}`);
    });
    await answer;
  });
  await neon.clear();
  return { shown: shown!, toRedis };
};

type Caller = "stranger" | "funded" | "owing" | "waiting" | "renting" | "penniless" | "friend";
const callers: Record<Caller, () => Promise<{ number: string; code?: string }>> = {
  stranger: async () => ({ number: newNumber() }),
  funded: async () => {
    const number = newNumber();
    await subscriber(exchange, number, { walletTzs: 9_000 });
    return { number };
  },
  owing: async () => {
    const number = newNumber();
    await subscriber(exchange, number, { debtTzs: 2_000 });
    return { number };
  },
  /** Was asked for the deposit. */
  waiting: async () => {
    const number = newNumber();
    await dial(exchange, number).press("1", station.code, "1", "1");
    await exchange.settle();
    return { number };
  },
  renting: async () => {
    const number = newNumber();
    await rented(exchange, await subscriber(exchange, number, { walletTzs: 9_000 }), station);
    return { number };
  },
  /** Rents, with nothing left in the wallet. */
  penniless: async () => {
    const number = newNumber();
    await rented(exchange, await subscriber(exchange, number, { walletTzs: 5_000 }), station);
    return { number };
  },
  /** Has the six digits of somebody else's rental. */
  friend: async () => {
    const userId = await subscriber(exchange, newNumber(), { walletTzs: 9_000 });
    return { number: newNumber(), code: (await rented(exchange, userId, station)).returnCode };
  },
};

const read = ["caller_read"];
const visited = new Set<string>();
/** `S` is the station's number, `C` the rental's digits. */
const pressed = async (caller: Caller, texts: string[], statements: string[], toRedis = 0) => {
  const { number, code = "" } = await callers[caller]();
  for (const each of texts) {
    const text = each.replace("S", station.code).replace("C", code);
    visited.add(follow(text === "" ? [] : text.split("*")).place.at);
    const answer = await answerAfter(statements, () => dial(exchange, number).post(text));
    expect([each, answer.toRedis]).toEqual([each, toRedis]);
    // Only now may what was put off go on.
    await exchange.settle();
  }
};

describe("an answer to a keypad", () => {
  test("that only says something to a number without an account is one statement", () =>
    pressed("stranger", ["", "1", "1*S", "1*S*1", "1*S*1*2", "2", "4", "4*9", "5", "6", "7", "8", "x"], read));

  test("that only says something about money is one statement", async () => {
    await pressed("funded", ["", "1*S", "1*S*1", "4", "4*1", "4*1*1", "4*1*1*2"], read);
    await pressed("owing", ["", "1", "4", "4*2", "4*2*2"], read);
  });

  test("that only says something to somebody with a power bank, or about to have one, is one statement", async () => {
    await pressed("waiting", ["", "1", "2", "3", "5"], read);
    await pressed("renting", ["", "1", "2", "2*1", "2*2", "3", "3*2", "5", "5*1", "5*2"], read);
  });

  test("that starts a rental is two statements, and one more for a number that had no account", async () => {
    await pressed("funded", ["1*S*1*1"], [...read, "rental_open"]);
    await pressed("funded", ["1*S*1*2*3"], [...read, "rental_open"]);
    await pressed("stranger", ["1*S*1*1"], [...read, "user_vouch", "rental_open"]);
  });

  test("that changes something else is at most three", async () => {
    await pressed("funded", ["7*2"], [...read, "user_speak"]);
    await pressed("funded", ["4*1*1*1"], [...read, "withdrawal_ask"]);
    await pressed("stranger", ["4*9*1"], [...read, "user_vouch"]);
    await pressed("owing", ["4*2*1"], [...read, "payment_open"]);
    await pressed("waiting", ["2*9"], [...read, "keypad_bind", "rental_cancel"]);
  });

  test("that prolongs or ends a rental is at most three; what the station says comes later, as a text", async () => {
    await pressed("renting", ["3*1"], [...read, "query", "rental_extend"]);
    await pressed("penniless", ["3*1"], [...read, "query", "rental_extend"]);
    await pressed("renting", ["5*2*S"], [...read, "keypad_bind"]);
    await pressed("renting", ["5*1*1"], [...read, "query", "rental_lose"]);
  });

  test("about somebody else's rental asks Redis beside the database", async () => {
    await pressed("friend", ["6*C", "6*C*1"], read, 1);
    await pressed("friend", ["6*C*1*S"], [...read, "keypad_bind"], 1);
    await pressed("stranger", ["6*000001*000002*000003*000004"], read);
  });

  test("through a gateway that sends only the last input is one request to Redis more", async () => {
    const number = newNumber();
    for (const [index, response] of ["0", "1", station.code].entries())
      expect(
        await answerAfter(read, () => postBeem(exchange, { number, session: "77", index, response })),
      ).toMatchObject({ toRedis: 1 });
  });

  test("was measured at every place of the menu", () => {
    expect([...visited].toSorted()).toEqual([...new Set(everyPlace().map(({ at }) => at))].toSorted());
  });
});
