import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import { sql } from "../support/control.ts";
import { signIn, workerFetch } from "../support/city.ts";
import { createBank, createStation, createUser, ids } from "../support/factories.ts";
import { bankIn, bankOut, createBench, start } from "../support/verbs.ts";

const finished = async (hours: number) => {
  const bench = createBench();
  const userId = await createUser({ walletTzs: 50_000 });
  const station = await createStation();
  const powerBankId = await createBank();
  const { rental } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
  bench.clock.advance(hours * HOUR_MS);
  await bankIn(bench, station.id, { powerBankId, seq: 2 });
  const [row] = await sql<{ token: string }>("select token from receipts where rental_id = $1", [rental.id]);
  return { bench, userId, rentalId: rental.id, token: row!.token };
};

const page = (token: string, language = "sw") =>
  workerFetch(new Request(`http://chajipoa.test/r/${token}`, { headers: { "accept-language": language } }));

describe("a receipt", () => {
  test("has the lines of the bill with VAT inside, and its number once it is given", async () => {
    const { bench, userId, rentalId } = await finished(6);
    await Promise.all(bench.deferred);
    const { call } = await signIn(userId);
    const receipt = await (
      await call("GET", `/rentals/${rentalId}/receipt`)
    ).json<{
      lines: { kind: string; grossTzs: number }[];
      totalTzs: number;
      vatTzs: number;
      netTzs: number;
      number: string;
    }>();
    expect(receipt.lines.map(({ kind, grossTzs }) => [kind, grossTzs])).toEqual([
      ["base", 1_000],
      ["late", 1_000],
    ]);
    expect(receipt).toMatchObject({ totalTzs: 2_000, vatTzs: 305, netTzs: 1_695, vatPercent: 18 });
    expect(receipt.number).toMatch(/^2026-\d{6}$/);
  });

  test("is a page behind its link, in the language of the reader, without a script and without a name", async () => {
    const { token } = await finished(1);
    const swahili = await page(token);
    expect(swahili.status).toBe(200);
    expect(swahili.headers.get("content-type")).toContain("text/html");
    expect(swahili.headers.get("content-security-policy")).toContain("default-src 'none'");
    const text = await swahili.text();
    expect(text).toContain("Kukodi power bank");
    expect(text).toContain("<svg");
    expect(text).not.toContain("<script");
    expect(text).not.toContain("Asha");
    expect(await (await page(token, "en")).text()).toContain("Power bank rental");
  });

  test("is in its renter's list, newest first, page by page, and in nobody else's", async () => {
    const { bench, userId, rentalId: first } = await finished(1);
    const station = await createStation();
    const rentals = [first];
    for (let n = 0; n < 2; n++) {
      bench.clock.advance(HOUR_MS);
      const powerBankId = await createBank();
      const { rental } = await start(bench, userId, station);
      await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 10 + n * 2 });
      bench.clock.advance(HOUR_MS);
      await bankIn(bench, station.id, { powerBankId, seq: 11 + n * 2 });
      rentals.unshift(rental.id);
    }
    const { call } = await signIn(userId);
    type Page = { items: { rentalId: string }[]; nextCursor: string | null };
    const list = async (query: string) => (await call("GET", `/users/receipts?${query}`)).json<Page>();
    const all = await list("");
    expect([all.items.map(({ rentalId }) => rentalId), all.nextCursor]).toEqual([rentals, null]);
    const two = await list("limit=2");
    const rest = await list(`limit=2&cursor=${two.nextCursor}`);
    expect([...two.items, ...rest.items].map(({ rentalId }) => rentalId)).toEqual(rentals);
    expect(rest.nextCursor).toBeNull();
    const stranger = await signIn(await createUser());
    expect(await (await stranger.call("GET", "/users/receipts")).json()).toEqual({ items: [], nextCursor: null });
  });

  test("is not found under another token, and is nobody else's by its rental", async () => {
    const { rentalId } = await finished(1);
    expect((await page(ids.secret(26))).status).toBe(404);
    expect((await page("guess")).status).toBe(400);
    const stranger = await signIn(await createUser());
    const answer = await stranger.call("GET", `/rentals/${rentalId}/receipt`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: "receipt_not_ready" });
  });
});
