// The list of stations that need somebody with a bag, over HTTP.
import { beforeAll, expect, it } from "vitest";
import { type Desk, deskOf, startOffice } from "../http/staff.ts";
import { neon, sql } from "../support/control.ts";
import { createStation } from "../support/factories.ts";

let agent: Desk;
beforeAll(async () => {
  agent = await deskOf(startOffice().app, "agent");
});

/** In a town of its own, so many meters north of its middle. */
const stocked = async (meters: number, freeBanks: number, freeSlots: number, change = "") => {
  const { id } = await createStation();
  await sql(`update stations set latitude = -3.3869 + $2::float8 / 111195, longitude = 36.683 where id = $1`, [
    id,
    meters,
  ]);
  await sql(
    "insert into station_projections (station_id, version, free_banks, free_slots, is_online, seen_at) values ($1, 1, $2, $3, true, now())",
    [id, freeBanks, freeSlots],
  );
  if (change) await sql(change, [id]);
  return id;
};

it("names who is near empty or near full around a place, and a way round them", async () => {
  const full = await stocked(500, 7, 1);
  const empty = await stocked(1_000, 0, 8);
  const offline = await stocked(1_500, 0, 8, "update station_projections set is_online = false where station_id = $1");
  await stocked(2_000, 4, 4);
  await stocked(2_500, 0, 8, "update stations set is_in_service = false where id = $1");
  await stocked(2_600, 0, 8, "update stations set retired_at = now(), is_in_service = false where id = $1");
  await stocked(60_000, 0, 8);
  const ask = (query = "") => agent.get(`/rebalancing?near=-3.3869,36.683&radius=10000${query}`);
  const { status, body } = await ask();
  expect(status).toBe(200);
  expect(body["stations"]).toMatchObject([
    { stationId: full, isNearFull: true, isNearEmpty: false, take: 3, bring: 0 },
    { stationId: empty, isNearEmpty: true, bring: 4, isOnline: true },
    { stationId: offline, isNearEmpty: true, isOnline: false },
  ]);
  expect(body["tour"]).toMatchObject({
    stops: [
      { stationId: full, action: "take", banks: 3, load: 3 },
      { stationId: empty, action: "bring", banks: 3, load: 0 },
    ],
    missing: 1,
  });
  expect((await ask("&load=1")).body["tour"]).toMatchObject({ missing: 0 });
  expect((await neon.during(() => ask())).requests).toBe(1);
});
