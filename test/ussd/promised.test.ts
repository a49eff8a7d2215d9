// "I returned it", and nobody gets to ask the station: whoever said it hears something all the same.
import { beforeEach, describe, expect, test } from "vitest";
import { MINUTE_MS } from "../../src/lib/clock.ts";
import { drainMessages } from "../../src/messages/service.ts";
import type { Msisdn } from "../../src/users/service.ts";
import { sql } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";
import { bankIn } from "../support/verbs.ts";
import { dial, type Exchange, newNumber, openExchange, rented, subscriber } from "./handset.ts";

let exchange: Exchange;
let station: TestStation;
let number: Msisdn;
let rental: Awaited<ReturnType<typeof rented>>;
beforeEach(async () => {
  exchange = openExchange();
  station = await createStation();
  number = newNumber();
  rental = await rented(exchange, await subscriber(exchange, number, { walletTzs: 15_000 }), station);
  await exchange.settle();
});

const textsTo = (msisdn: string) => exchange.texts.filter((text) => text.msisdn === msisdn).map(({ text }) => text);
const NOTHING_KNOWN = /bado hatujapata jibu la kituo/;
/** The isolate dies with the question on its way; answers what lets it live after all. */
const dieAsking = (): (() => void) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { seek } = exchange.deps.stations;
  exchange.deps.stations.seek = async (...asked) => {
    await promise;
    return seek(...asked);
  };
  return resolve;
};
const minutesPass = async (minutes: number) => {
  exchange.clock.advance(minutes * MINUTE_MS);
  await drainMessages(exchange.deps);
};

describe("a word that nobody could ask about", () => {
  test("is answered by the minute's round that nothing is known, once", async () => {
    dieAsking();
    const call = dial(exchange, number);
    await call.press("5", "2", station.code);
    await minutesPass(1);
    expect(textsTo(number).filter((text) => NOTHING_KNOWN.test(text))).toEqual([]);
    await minutesPass(2);
    await call.post(`5*2*${station.code}`);
    await minutesPass(3);
    expect(textsTo(number).filter((text) => NOTHING_KNOWN.test(text))).toHaveLength(1);
  });

  test("on the phone of a friend with an account is answered there, of one without to the renter", async () => {
    dieAsking();
    const [known, stranger] = [newNumber(), newNumber()];
    await subscriber(exchange, known);
    await dial(exchange, known).press("6", rental.returnCode, "1", station.code);
    await minutesPass(3);
    expect(textsTo(known).at(-1)).toMatch(NOTHING_KNOWN);
    expect(textsTo(number).at(-1) ?? "").not.toMatch(NOTHING_KNOWN);
    await dial(exchange, stranger).press("6", rental.returnCode, "1", station.code);
    await minutesPass(3);
    expect(textsTo(number).at(-1)).toMatch(NOTHING_KNOWN);
    expect(textsTo(stranger)).toEqual([]);
  });

  test("and an answer that comes later all the same is told after it", async () => {
    const live = dieAsking();
    await dial(exchange, number).press("5", "2", station.code);
    await minutesPass(3);
    live();
    await exchange.settle();
    expect(textsTo(number).slice(-2)).toEqual([
      expect.stringMatching(NOTHING_KNOWN),
      expect.stringContaining("hakijaona"),
    ]);
  });
});

describe("a word that was asked about", () => {
  test("is answered at once, and nothing more follows", async () => {
    await dial(exchange, number).press("5", "2", station.code);
    await exchange.settle();
    await minutesPass(5);
    expect(textsTo(number).at(-1)).toContain("hakijaona");
    expect(textsTo(number).filter((text) => NOTHING_KNOWN.test(text))).toEqual([]);
  });

  test("of a bank that was there is answered by the bill alone; a friend without an account is told at once", async () => {
    const stranger = newNumber();
    const { seek } = exchange.deps.stations;
    exchange.deps.stations.seek = async (...asked) => {
      await bankIn(exchange, station.id, { powerBankId: rental.powerBankId, seq: 9_000 });
      return seek(...asked);
    };
    await dial(exchange, stranger).press("6", rental.returnCode, "1", station.code);
    await exchange.settle();
    await minutesPass(5);
    expect(textsTo(stranger)).toEqual([expect.stringContaining("Imeshapokelewa Kariakoo")]);
    expect(textsTo(number).filter((text) => NOTHING_KNOWN.test(text))).toEqual([]);
    expect(
      await sql(
        "select state from messages where dedupe_key like 'returned:%' and user_id = (select user_id from rentals where id = $1)",
        [rental.id],
      ),
    ).toEqual([{ state: "skipped" }]);
  });
});
