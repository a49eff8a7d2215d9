import { beforeAll, describe, expect, test } from "vitest";
import { createStation, type TestStation } from "../support/factories.ts";
import { bankIn } from "../support/verbs.ts";
import { CODES_PER_NUMBER } from "../../src/ussd/sessions.ts";
import { dial, type Exchange, newNumber, openExchange, rented, subscriber } from "./handset.ts";

let station: TestStation;
let exchange: Exchange;
beforeAll(async () => {
  station = await createStation();
  exchange = openExchange();
});

const somebodysRental = async () =>
  rented(exchange, await subscriber(exchange, newNumber(), { walletTzs: 9_000 }), station);
const codeOtherThan = (code: string, n: number): string =>
  String((Number(code) + 7_919 * n) % 1_000_000).padStart(6, "0");

describe("a rental seen from another phone", () => {
  test("is found by its six digits from the first screen, and says nothing of the person", async () => {
    const { returnCode } = await somebodysRental();
    const shown = await dial(exchange, newNumber()).press("6", returnCode);
    expect(shown.text).toMatch(/Kariakoo bado haijarudi\. Hadi sasa Sh 0/);
    expect(shown.text).not.toMatch(/Asha|255|07\d/);
  });

  test("is told as returned once its bank is back", async () => {
    const rental = await somebodysRental();
    exchange.clock.advance(30 * 60_000);
    await bankIn(exchange, station.id, { powerBankId: rental.powerBankId, seq: 900 });
    const shown = await dial(exchange, newNumber()).press("6", rental.returnCode);
    expect(shown.text).toMatch(/Imerudi Kariakoo.*Sh 1,000/);
  });

  test("is not found by guessing: a number tries six codes within an hour, whatever it dials", async () => {
    const { returnCode } = await somebodysRental();
    const guesser = newNumber();
    let tries = 0;
    for (; tries < CODES_PER_NUMBER; tries++) {
      const shown = await dial(exchange, guesser).press("6", codeOtherThan(returnCode, tries + 1));
      expect(shown).toMatchObject({ isEnd: false });
    }
    // Not even the right one is looked at any more, and another number is not locked out.
    expect(await dial(exchange, guesser).press("6", returnCode)).toMatchObject({
      isEnd: true,
      text: "Umejaribu mara nyingi. Jaribu tena baadaye.",
    });
    expect((await dial(exchange, newNumber()).press("6", returnCode)).text).toContain("Kariakoo");
  });
});
