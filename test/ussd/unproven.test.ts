// Money that reaches the wallet between the look at it and the deed: a text whose sender nobody proved must not spend it.
import { beforeAll, describe, expect, test } from "vitest";
import { neon } from "../support/control.ts";
import { balanceOf, createStation, fundWallet, type TestStation } from "../support/factories.ts";
import { type Exchange, newNumber, openExchange, rented, rentalsOf, subscriber, writeText } from "./handset.ts";

let station: TestStation;
beforeAll(async () => {
  station = await createStation();
});

/** Holds the statement, lets the money arrive, and lets it go on. */
const whileHeld = async (statement: string, work: () => Promise<void>, arrives: () => Promise<unknown>) => {
  await neon.hold({ phase: "before", match: statement });
  const done = work();
  expect(await neon.held()).toHaveLength(1);
  await arrives();
  await neon.release();
  await done;
};
const promptsOf = ({ prompts }: Exchange) => prompts.map(({ amountTzs }) => amountTzs);

describe("a text", () => {
  test("KODI that met an empty wallet asks the phone for the whole deposit, though the wallet has it by now", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const userId = await subscriber(exchange, number);
    await whileHeld(
      "rental_open",
      () => writeText(exchange, number, `KODI ${station.code}`),
      () => fundWallet(userId, 9_000),
    );
    expect(await rentalsOf(number, exchange)).toMatchObject([{ status: "awaiting_payment" }]);
    expect(promptsOf(exchange)).toEqual([5_000]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(9_000);
    expect(exchange.stations.calls.filter(({ verb }) => verb === "dispense")).toEqual([]);
  });

  test("ONGEZA that met an empty wallet asks the phone for the whole price, though the wallet has it by now", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const userId = await subscriber(exchange, number, { walletTzs: 5_000 });
    await rented(exchange, userId, station);
    await whileHeld(
      "rental_extend",
      () => writeText(exchange, number, "ONGEZA"),
      () => fundWallet(userId, 9_000),
    );
    expect(promptsOf(exchange)).toEqual([500]);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(9_000);
  });
});
