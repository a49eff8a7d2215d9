import { beforeEach, describe, expect, test } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import type { Msisdn } from "../../src/users/service.ts";
import { sql } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";
import { bankIn } from "../support/verbs.ts";
import { dial, type Exchange, newNumber, openExchange, rented, subscriber } from "./handset.ts";

let exchange: Exchange;
let station: TestStation;
let number: Msisdn;
let userId: Awaited<ReturnType<typeof subscriber>>;
let rental: Awaited<ReturnType<typeof rented>>;
beforeEach(async () => {
  exchange = openExchange();
  station = await createStation();
  number = newNumber();
  userId = await subscriber(exchange, number, { walletTzs: 15_000 });
  rental = await rented(exchange, userId, station);
  exchange.clock.advance(HOUR_MS);
});

const row = async () =>
  (
    await sql<{ status: string; pauses: unknown[] }>("select status, pauses from rentals where id = $1", [rental.id])
  )[0]!;
const textsTo = (msisdn: string) => exchange.texts.filter((text) => text.msisdn === msisdn).map(({ text }) => text);
const asked = () => exchange.stations.calls.filter(({ verb }) => verb === "seek");

describe("I returned it, on the own phone", () => {
  test("ends the session before the station is asked; what it says comes as a text, and a word alone ends nothing", async () => {
    const call = dial(exchange, number);
    expect((await call.press("2", "2")).text).toContain("Andika namba ya kituo");
    const last = await call.press(station.code);
    expect(last).toMatchObject({ isEnd: true, text: expect.stringContaining("Tunauliza kituo") as string });
    await exchange.settle();
    expect(asked()).toMatchObject([{ stationId: station.id, input: { powerBankId: rental.powerBankId } }]);
    expect(textsTo(number).at(-1)).toContain("hakijaona");
    expect(await row()).toMatchObject({ status: "active", pauses: [] });
  });

  test.each([
    ["full", { isOnline: true, isFull: true, slot: null }],
    ["offline", { isOnline: false, isFull: false, slot: null }],
  ])("before a station that is %s stops the clock, once; a repeat asks nobody again", async (_, seen) => {
    exchange.stations.answers.seek = seen;
    const call = dial(exchange, number);
    await call.press("5", "2", station.code);
    await Promise.all([call.post(`5*2*${station.code}`), call.post(`5*2*${station.code}`)]);
    await exchange.settle();
    expect(asked()).toHaveLength(1);
    expect(textsTo(number).filter((text) => text.includes("dakika 30"))).toHaveLength(1);
    expect((await row()).pauses).toHaveLength(1);
  });

  test("of a rental that is over tells the bill; a repeat that comes late leaves the next rental alone", async () => {
    expect((await dial(exchange, number).press("5", "2", "0000")).isEnd).toBe(true);
    exchange.stations.answers.seek = { isOnline: true, isFull: true, slot: null };
    const call = dial(exchange, number);
    await call.press("5", "2", station.code);
    await exchange.settle();
    await bankIn(exchange, station.id, { powerBankId: rental.powerBankId, seq: 7_000 });
    expect((await call.post(`5*2*${station.code}`)).text).toContain("Imeshapokelewa Kariakoo");
    exchange.clock.advance(1_000);
    rental = await rented(exchange, userId, station);
    await call.post(`5*2*${station.code}`);
    await exchange.settle();
    expect(asked()).toHaveLength(1);
    expect(await row()).toMatchObject({ status: "active", pauses: [] });
  });
});

describe("I returned it, on a friend's phone", () => {
  test("does the same for the rental of that code; the friend is told, whose phone is alive", async () => {
    exchange.stations.answers.seek = { isOnline: true, isFull: true, slot: null };
    const friend = newNumber();
    const call = dial(exchange, friend);
    expect((await call.press("6", rental.returnCode)).text).toContain("1 Nimeirudisha");
    await call.press("1");
    expect(await call.press(station.code)).toMatchObject({ isEnd: true });
    await call.post(`6*${rental.returnCode}*1*${station.code}`);
    await exchange.settle();
    expect(textsTo(friend)).toHaveLength(1);
    expect(textsTo(friend)[0]).toContain("dakika 30");
    expect((await row()).pauses).toHaveLength(1);
  });

  test("of a rental that is over tells the bill", async () => {
    await bankIn(exchange, station.id, { powerBankId: rental.powerBankId, seq: 8_000 });
    const shown = await dial(exchange, newNumber()).press("6", rental.returnCode, "1", station.code);
    expect(shown).toMatchObject({ isEnd: true, text: expect.stringContaining("Imeshapokelewa Kariakoo") as string });
  });
});
