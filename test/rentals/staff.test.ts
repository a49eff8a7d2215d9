// Rentals and their timeline as staff look them up, over HTTP.
import { beforeAll, expect, it } from "vitest";
import { initiatePayment } from "../../src/payments/service.ts";
import { type Desk, deskOf, startOffice } from "../http/staff.ts";
import { createBank, createStation, createUser } from "../support/factories.ts";
import { asUser, bankIn, bankOut, createBench, start } from "../support/verbs.ts";

let support: Desk;
beforeAll(async () => {
  support = await deskOf(startOffice().app, "support");
});

it("a rental is found by its renter, its station or its id, with what stations proved and its timeline", async () => {
  const bench = createBench();
  const station = await createStation();
  const userId = await createUser({ walletTzs: 10_000 });
  const powerBankId = await createBank();
  const { rental } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
  const open = await support.get(`/rentals?stationId=${station.id}`);
  expect(open.body["items"]).toMatchObject([{ rental: { id: rental.id, status: "active" }, userId, powerBankId }]);
  bench.clock.advance(3_600_000);
  await bankIn(bench, station.id, { powerBankId, seq: 2, slot: 5 });
  expect((await support.get(`/rentals?stationId=${station.id}`)).body["items"]).toEqual([]);
  expect((await support.get(`/rentals?userId=${userId}`)).body["items"]).toMatchObject([
    { rental: { status: "completed" } },
  ]);
  expect((await support.get(`/rentals/${rental.id}`)).body).toMatchObject({
    rental: { id: rental.id, status: "completed" },
    movements: [
      { direction: "out", stationId: station.id, slot: 3, powerBankId, outcome: "opened" },
      { direction: "in", stationId: station.id, slot: 5, powerBankId, outcome: "closes" },
    ],
  });
  const timeline: { action: string; id: number }[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page = await support.get(`/audit?subject=${rental.id}&limit=1${cursor ? `&cursor=${cursor}` : ""}`);
    timeline.push(...(page.body["items"] as typeof timeline));
    cursor = page.body["nextCursor"] as string | null;
  }
  expect(timeline.length).toBeGreaterThan(2);
  expect(timeline.map(({ id }) => id)).toEqual(timeline.map(({ id }) => id).toSorted((a, b) => b - a));
});

it("payments of a person are listed newest first, page by page, and nobody else's", async () => {
  const bench = createBench();
  const userId = await createUser();
  const made: string[] = [];
  for (let n = 0; n < 3; n++) {
    const { payment } = await initiatePayment(bench.deps, asUser(userId), {
      purpose: "top_up",
      amountTzs: 5_000 + n,
      provider: "mpesa",
      phone: "0754321098",
      key: { route: "POST /initiate", key: String(n), bodyHash: String(n) },
      requestId: "req_test",
    });
    made.unshift(payment.id);
    bench.clock.advance(1_000);
  }
  const idsOf = (body: Record<string, unknown>) =>
    (body["items"] as { payment: { id: string }; userId: string }[]).map((one) => [one.payment.id, one.userId]);
  const first = await support.get(`/payments?userId=${userId}&limit=2`);
  expect(idsOf(first.body)).toEqual(made.slice(0, 2).map((id) => [id, userId]));
  const rest = await support.get(`/payments?userId=${userId}&limit=2&cursor=${first.body["nextCursor"] as string}`);
  expect(idsOf(rest.body)).toEqual([[made[2], userId]]);
  expect((await support.get(`/payments?userId=${await createUser()}`)).body["items"]).toEqual([]);
});

it("rentals go page by page, newest first", async () => {
  const bench = createBench();
  const userId = await createUser({ walletTzs: 30_000 });
  const made: string[] = [];
  for (let n = 1; n <= 3; n++) {
    const station = await createStation();
    const powerBankId = await createBank();
    const { rental } = await start(bench, userId, station);
    await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
    bench.clock.advance(600_000);
    await bankIn(bench, station.id, { powerBankId, seq: 2 });
    made.unshift(rental.id);
  }
  const first = await support.get(`/rentals?userId=${userId}&limit=2`);
  const idsOf = (body: Record<string, unknown>) =>
    (body["items"] as { rental: { id: string } }[]).map(({ rental }) => rental.id);
  expect(idsOf(first.body)).toEqual(made.slice(0, 2));
  const rest = await support.get(`/rentals?userId=${userId}&limit=2&cursor=${first.body["nextCursor"] as string}`);
  expect(idsOf(rest.body)).toEqual(made.slice(2));
});
