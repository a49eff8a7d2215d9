// What a renter reads of his own past, page by page.
import { expect, it } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import { signIn } from "../support/city.ts";
import { neon } from "../support/control.ts";
import { balanceOf, createBank, createStation, createUser } from "../support/factories.ts";
import { bankIn, bankOut, createBench, start } from "../support/verbs.ts";

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Every page of a list, two rows each. */
const pagesOf = async <T>(renter: Awaited<ReturnType<typeof signIn>>, path: string): Promise<T[][]> => {
  const pages: T[][] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const answer: Page<T> = await (
      await renter.call("GET", `${path}?limit=2${cursor && `&cursor=${cursor}`}`)
    ).json<Page<T>>();
    pages.push(answer.items);
    cursor = answer.nextCursor;
  }
  return pages;
};

/** Three rentals of an hour, one after the other. */
const rentThrice = async () => {
  const bench = createBench();
  const userId = await createUser({ walletTzs: 20_000 });
  const [station, powerBankId] = [await createStation(), await createBank()];
  const rentals: string[] = [];
  for (let n = 0; n < 3; n++) {
    const { rental } = await start(bench, userId, station);
    await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: n * 2 + 1 });
    bench.clock.advance(HOUR_MS);
    await bankIn(bench, station.id, { powerBankId, seq: n * 2 + 2 });
    bench.clock.advance(HOUR_MS);
    rentals.unshift(rental.id);
  }
  return { userId, rentals, renter: await signIn(userId) };
};

it("rentals come newest first, each once, and only the renter's own", async () => {
  const { rentals, renter } = await rentThrice();
  const pages = await pagesOf<{ id: string; status: string }>(renter, "/users/rentals");
  expect(pages.map((page) => page.length)).toEqual([2, 1]);
  expect(pages.flat().map(({ id }) => id)).toEqual(rentals);
  const stranger = await signIn(await createUser());
  expect(await pagesOf(stranger, "/users/rentals")).toEqual([[]]);
});

it("the wallet's entries come newest first, each once, and add up to what is in it", async () => {
  const { userId, renter } = await rentThrice();
  const pages = await pagesOf<{ id: string; amountTzs: number; kind: string }>(renter, "/users/wallet/entries");
  const entries = pages.flat();
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  expect(entries.map(({ id }) => Number(id))).toEqual(entries.map(({ id }) => Number(id)).toSorted((a, b) => b - a));
  // The money that came in, and for each rental its hold and what was left of it.
  expect(entries.map(({ kind }) => kind).at(-1)).toBe("test_funding");
  expect(entries).toHaveLength(7);
  const sum = entries.reduce((total, { amountTzs }) => total + amountTzs, 0);
  expect(sum).toBe(17_000);
  expect(await balanceOf(`user_wallet:${userId}`)).toBe(sum);
  expect(await (await renter.call("GET", "/users/wallet")).json()).toEqual({
    currency: "TZS",
    walletTzs: sum,
    heldTzs: 0,
    debtTzs: 0,
  });
});

it.each(["/users/rentals", "/users/wallet/entries", "/users/receipts", "/users/wallet"])(
  "a page of %s is one round trip",
  async (path) => {
    const renter = await signIn(await createUser({ walletTzs: 100 }));
    expect((await neon.during(() => renter.call("GET", path))).requests).toBe(1);
  },
);
