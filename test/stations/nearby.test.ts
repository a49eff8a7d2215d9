import { beforeAll, describe, expect, it } from "vitest";
import { distanceMeters } from "../../src/lib/geohash.ts";
import { startApp, type TestApp } from "../http/harness.ts";
import { neon, redis, sql } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";

const KARIAKOO = { latitude: -6.8161, longitude: 39.2803 };

interface Row {
  code: string;
  distanceMeters: number;
  readiness: string;
  freeBanks: number;
  freeSlots: number;
  seenAt: string | null;
  asOf: string;
}

const stationAt = async (latitude: number, longitude: number, isSeen = true): Promise<TestStation> => {
  const station = await createStation();
  await sql("update stations set latitude = $2, longitude = $3 where id = $1", [station.id, latitude, longitude]);
  if (isSeen)
    await sql(
      `insert into station_projections (station_id, version, free_banks, free_slots, is_online, seen_at)
       values ($1, 1, 5, 3, true, '2026-11-20T09:00:00Z')`,
      [station.id],
    );
  return station;
};

const ask = async (app: TestApp, query: string) => {
  const { status, headers, body } = await app.call("GET", `/api/v1/stations?${query}`);
  await app.settle();
  return {
    status,
    headers,
    code: body["code"],
    items: body["items"] as Row[],
    nextCursor: body["nextCursor"] as string,
  };
};
const near = ({ latitude, longitude }: typeof KARIAKOO, rest = "") => `near=${latitude},${longitude}${rest}`;

/** An edge of its own: nothing there is kept from another test. */
const ownApp = (name: string) => startApp({ settings: { PUBLIC_BASE_URL: `https://${name}.chajipoa.test` } });

const placed: (TestStation & typeof KARIAKOO)[] = [];

beforeAll(async () => {
  // Over the borders of cells in every direction, some of them out of reach.
  for (let n = 0; n < 24; n++) {
    const latitude = KARIAKOO.latitude + ((n % 5) - 2) * 0.011 + n * 0.0001;
    const longitude = KARIAKOO.longitude + (Math.floor(n / 5) - 2) * 0.013;
    placed.push({ ...(await stationAt(latitude, longitude)), latitude, longitude });
  }
});

describe("stations near a place", () => {
  it.each([500, 2_000, 5_000])("within %i meters are those and no others, nearest first", async (radius) => {
    const { items } = await ask(ownApp(`all-${radius}`), near(KARIAKOO, `&radius=${radius}&limit=100`));
    const expected = placed
      .map((one) => ({ code: one.code, far: Math.round(distanceMeters(KARIAKOO, one)) }))
      .filter(({ far }) => far <= radius)
      .toSorted((a, b) => a.far - b.far || (a.code < b.code ? -1 : 1));
    expect(expected.length).toBeGreaterThan(0);
    expect(items.map((row) => [row.code, row.distanceMeters])).toEqual(expected.map(({ code, far }) => [code, far]));
  });

  it("come page by page, each once", async () => {
    const app = ownApp("pages");
    const { items: all } = await ask(app, near(KARIAKOO, "&radius=5000&limit=100"));
    const codes: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await ask(app, near(KARIAKOO, `&radius=5000&limit=5${cursor && `&cursor=${cursor}`}`));
      expect(page.items.length).toBeLessThanOrEqual(5);
      codes.push(...page.items.map(({ code }) => code));
      cursor = page.nextCursor;
    }
    expect(codes).toEqual(all.map(({ code }) => code));
  });

  it("say each how fresh it is: the station's last word, and when the row was read", async () => {
    const app = ownApp("fresh");
    const { items } = await ask(app, near(KARIAKOO));
    const readAt = new Date(app.clock.now()).toISOString();
    for (const row of items)
      expect(row).toMatchObject({ freeBanks: 5, freeSlots: 3, seenAt: "2026-11-20T09:00:00.000Z", asOf: readAt });
    app.clock.advance(15_000);
    const later = await ask(app, near(KARIAKOO));
    expect(later.items.map(({ asOf }) => asOf)).toEqual(items.map(() => readAt));
  });

  it("are without those that were taken down; one that never spoke is offline there", async () => {
    const place = { latitude: -3.3869, longitude: 36.683 };
    const [here, silent, gone] = [
      await stationAt(place.latitude, place.longitude),
      await stationAt(place.latitude + 0.001, place.longitude, false),
      await stationAt(place.latitude + 0.002, place.longitude),
    ];
    await sql("update stations set retired_at = now() where id = $1", [gone.id]);
    const { items } = await ask(ownApp("arusha"), near(place));
    expect(items.map(({ code, readiness, seenAt }) => [code, readiness, seenAt === null])).toEqual([
      [here.code, "ready", false],
      [silent.code, "offline", true],
    ]);
  });

  it("are none far out at sea, and at the ends of the earth", async () => {
    for (const place of ["-7,41", "0,180", "0,-180", "90,0", "-90,12.5"])
      expect((await ask(ownApp("sea"), `near=${place}&radius=10000`)).items).toEqual([]);
  });
});

describe("what a look at the map costs", () => {
  it("is one read for all cells that the edge does not have, none for the others, never one of Redis or of an object", async () => {
    const app = ownApp("cost");
    const look = (place: typeof KARIAKOO) => () => ask(app, near(place, "&radius=2000"));
    let inRedis = { requests: -1 };
    const first = await neon.during(async () => {
      inRedis = await redis.during(look(KARIAKOO));
    });
    // Whatever object was asked would have thrown: the harness has none.
    expect([first.requests, inRedis.requests]).toEqual([1, 0]);
    expect((await neon.during(look(KARIAKOO))).requests).toBe(0);
    // Somebody else, some steps further, in the same cells.
    expect((await neon.during(look({ latitude: -6.8163, longitude: 39.2805 }))).requests).toBe(0);
  });

  it("after 20 seconds the old counts are given at once and renewed behind the answer, once; after 60 they are read anew", async () => {
    const app = ownApp("stale");
    const [first] = placed;
    const banks = async () =>
      (await ask(app, near(first!, "&radius=50"))).items.find(({ code }) => code === first!.code)!.freeBanks;
    const count = (freeBanks: number) =>
      sql("update station_projections set free_banks = $2 where station_id = $1", [first!.id, freeBanks]);
    expect(await banks()).toBe(5);
    await count(2);
    app.clock.advance(19_000);
    expect(await banks()).toBe(5);
    app.clock.advance(2_000);
    expect(await banks()).toBe(5);
    expect(await banks()).toBe(2);
    await count(1);
    app.clock.advance(61_000);
    expect(await banks()).toBe(1);
    await count(5);
  });

  it("is told to browsers and proxies: fresh for some seconds, usable while it is renewed", async () => {
    const { headers } = await ask(ownApp("headers"), near(KARIAKOO));
    expect(headers.get("Cache-Control")).toBe("public, max-age=10, stale-while-revalidate=20");
  });

  it("is a walk along an index, however many stations there are", async () => {
    await sql(
      `insert into stations (id, code, name, address, latitude, longitude, tariff_id, slot_count, created_at)
       select 'stn_bulk' || n, (500000 + n)::text, 'Far', 'Away', -9 + (n % 70) / 100.0, 33 + (n / 70) / 100.0,
         (select min(id) from tariffs), 8, now() from generate_series(1, 5000) n`,
    );
    await sql("analyze stations");
    const { texts } = await neon.during(() => ask(ownApp("plan"), near(KARIAKOO)));
    const plan = await sql<{ "QUERY PLAN": string }>(`explain ${texts[0]}`, [["ky0q1", "ky0q2"], 2_000]);
    const lines = plan.map((row) => row["QUERY PLAN"]).join("\n");
    expect(lines).toContain("stations_geohash_idx");
    expect(lines).not.toMatch(/Seq Scan on stations/);
  });
});

it.each([
  "",
  "near=1",
  "near=91,0",
  "near=0,181",
  "near=a,b",
  "near=-6.8,39.2&radius=10001",
  "near=-6.8,39.2&limit=101",
])("a question that is none is refused: %s", async (query) => {
  expect(await ask(ownApp("bad"), query)).toMatchObject({ status: 400, code: "invalid_request" });
});
