// A dispute and a swap with the real objects: what both stations have on record, the other bank out of the same station, and the
// bad one, which stays where it is put.
import { expect, test } from "vitest";
import { signIn } from "../support/city.ts";
import { foundCity } from "../support/clocked-city.ts";
import { sql } from "../support/control.ts";
import { createUser } from "../support/factories.ts";

const rented = async (chargesElsewhere: number[] = []) => {
  const city = foundCity();
  const from = await city.station([95, 90]);
  const to = await city.station(chargesElsewhere);
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

test("a bad bank that comes into another station stays there, however full, until staff let it go", async () => {
  const { city, from, to, call, id } = await rented([70]);
  const [bad, good] = [from.banks[0]!, to.banks[0]!];
  await call("POST", `/rentals/${id}/swap`, { cause: "no_charge" }, { "idempotency-key": "swap" });
  city.clock.pass(5_000);
  await from.client.settled();
  await from.idle();
  to.client.model.insert({ powerBankId: bad, slot: 4, chargePercent: 100 });
  await to.client.settled();
  await to.idle();
  expect(await sql("select status, total_tzs::int as total from rentals where id = $1", [id])).toEqual([
    { status: "swapped", total: 0 },
  ]);
  await to.evict();
  await to.client.connect();
  await to.client.settled();

  /** The bank that the next renter gets there, or why none. */
  const nextRenterGets = async (): Promise<unknown> => {
    const next = await city.renter(5_000);
    const answer = await next.call("POST", "/rentals/start", { stationCode: to.code }, { "idempotency-key": "next" });
    if (answer.status !== 202) return (await answer.json<{ code: string }>()).code;
    await to.client.settled();
    await to.idle();
    const [row] = await sql("select power_bank_id as bank from rentals where user_id = $1", [next.userId]);
    return row!["bank"];
  };
  expect(await nextRenterGets()).toBe(good);
  expect(await nextRenterGets()).toBe("no_power_bank");

  const staff = await createUser();
  await sql("update users set role = 'agent' where id = $1", [staff]);
  const agent = await signIn(staff, city.open, "agent");
  const released = await agent.call(
    "POST",
    `/admin/power-banks/${bad}/service`,
    { isInService: true, reason: "charges well, a bad cable" },
    { "idempotency-key": "mended" },
  );
  expect(released.status).toBe(200);
  await city.settled();
  // What maps and starts are told follows at the pace of the object.
  city.clock.pass(5_000);
  await to.alarm();
  expect(await nextRenterGets()).toBe(bad);
});
