// The open rental as its renter reads it, from the start to the bill.
import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import { swapRental } from "../../src/rentals/service.ts";
import { signIn, startApp } from "../http/harness.ts";
import { createBank, createStation, fundWallet, ids } from "../support/factories.ts";
import { asUser, bankIn, bankOut, createBench, start } from "../support/verbs.ts";

/** Somebody who reads now what began `beforeMs` ago. */
const reader = async (beforeMs: number) => {
  const app = startApp();
  const { userId, accessToken: token } = await signIn(app);
  await fundWallet(userId, 20_000);
  const bench = createBench({ startMs: app.clock.now() - beforeMs });
  const read = async () => {
    const response = await app.request("GET", "/api/v1/rentals/active", { token });
    return response.json<Record<string, unknown>>();
  };
  return { userId, bench, read, station: await createStation() };
};

test("is read from its start to its return, with the price of now; before and after there is none", async () => {
  const { userId, bench, read, station } = await reader(4.5 * HOUR_MS);
  const stranger = await reader(0);
  const powerBankId = await createBank();
  expect(await read()).toMatchObject({ code: "rental_unknown" });
  const { rental } = await start(bench, userId, station);
  expect(await read()).toMatchObject({ id: rental.id, status: "dispensing", price: null });
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
  const price = { totalTzs: 1_500, lines: [{ kind: "base" }, { kind: "late" }] };
  expect(await read()).toMatchObject({ id: rental.id, status: "active", price });
  expect(await stranger.read()).toMatchObject({ code: "rental_unknown" });
  bench.clock.advance(HOUR_MS);
  await bankIn(bench, station.id, { powerBankId, seq: 2 });
  expect(await read()).toMatchObject({ code: "rental_unknown" });
});

test("is the one with the good power bank after a swap, while the bad one is still out", async () => {
  const { userId, bench, read, station } = await reader(MINUTE_MS);
  const { rental: bad } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: bad.id, powerBankId: await createBank(), seq: 1 });
  const key = { route: "swap", key: ids.secret(12), bodyHash: "-" };
  const input = { rentalId: bad.id, cause: "no_charge" as const, key, requestId: "req_test" };
  const { rental: good } = await swapRental(bench.deps, asUser(userId), input);
  expect(await read()).toMatchObject({ id: good.id, status: "dispensing", swapOf: bad.id });
  await bankOut(bench, station.id, { rentalId: good.id, powerBankId: await createBank(), seq: 2, slot: 5 });
  expect(await read()).toMatchObject({ id: good.id, status: "active", swapOf: bad.id });
});
