// A dispute and a swap with the real objects: what both stations have on record, and the other bank out of the same station.
import { expect, test } from "vitest";
import { foundCity } from "../support/clocked-city.ts";
import { sql } from "../support/control.ts";

const rented = async () => {
  const city = foundCity();
  const from = await city.station([95, 90]);
  const to = await city.station([]);
  const { call, userId } = await city.renter(5_000);
  const response = await call("POST", "/rentals/start", { stationCode: from.code }, { "idempotency-key": "go" });
  const { id } = await response.json<{ id: string }>();
  city.clock.pass(5_000);
  await from.client.settled();
  await from.idle();
  return { city, from, to, call, userId, id };
};

test("a dispute keeps what the station of the start and that of the return told of the bank", async () => {
  const { city, from, to, call, id } = await rented();
  to.client.model.insert({ powerBankId: from.banks[0]!, slot: 4 });
  await to.client.settled();
  await to.idle();
  const answer = await call(
    "POST",
    `/rentals/${id}/dispute`,
    { kind: "charge", text: "It did not charge" },
    { "idempotency-key": "say" },
  );
  expect(answer.status).toBe(201);
  await city.settled();
  const [row] = await sql<{ stations: { stationId: string; events: { type: string; body: string }[] }[] }>(
    "select evidence -> 'stations' as stations from disputes where rental_id = $1",
    [id],
  );
  const told = new Map(row!.stations.map(({ stationId, events }) => [stationId, events]));
  expect(told.get(from.id)!.map(({ type }) => type)).toContain("ejected");
  expect(told.get(to.id)!.map(({ type }) => type)).toContain("returned");
  for (const { type, body } of [...told.values()].flat())
    if (type !== "hello" && type !== "alert") expect(body).toContain(from.banks[0]);
});

test("a swap brings the station's other bank", async () => {
  const { city, from, call, id, userId } = await rented();
  const answer = await call("POST", `/rentals/${id}/swap`, { cause: "no_charge" }, { "idempotency-key": "swap" });
  expect(answer.status).toBe(202);
  city.clock.pass(5_000);
  await from.client.settled();
  await from.idle();
  expect(
    await sql("select status, power_bank_id as bank from rentals where user_id = $1 order by id", [userId]),
  ).toEqual([
    { status: "active", bank: from.banks[0] },
    { status: "active", bank: from.banks[1] },
  ]);
});
