// The public feed against the schemas that GBFS itself publishes (test/stations/gbfs-3.0).
import { beforeAll, describe, expect, it } from "vitest";
import { feeds, type FeedName } from "../../src/stations/service.ts";
import { startApp, type TestApp } from "../http/harness.ts";
import { neon, sql } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";
import { violations } from "../support/json-schema.ts";
import gbfs from "./gbfs-3.0/gbfs.json";
import gbfsVersions from "./gbfs-3.0/gbfs_versions.json";
import stationInformation from "./gbfs-3.0/station_information.json";
import stationStatus from "./gbfs-3.0/station_status.json";
import systemInformation from "./gbfs-3.0/system_information.json";
import systemPricingPlans from "./gbfs-3.0/system_pricing_plans.json";
import vehicleTypes from "./gbfs-3.0/vehicle_types.json";

const schemas: Record<FeedName, unknown> = {
  gbfs,
  gbfs_versions: gbfsVersions,
  station_information: stationInformation,
  station_status: stationStatus,
  system_information: systemInformation,
  system_pricing_plans: systemPricingPlans,
  vehicle_types: vehicleTypes,
};
const names = Object.keys(feeds) as FeedName[];

interface File {
  last_updated: string;
  ttl: number;
  data: Record<string, unknown>;
}
type Row = Record<string, unknown> & { station_id: string };

const seen = (station: TestStation, freeBanks: number, freeSlots: number, isOnline = true) =>
  sql(
    `insert into station_projections (station_id, version, free_banks, free_slots, is_online, seen_at)
     values ($1, 1, $2, $3, $4, now())`,
    [station.id, freeBanks, freeSlots, isOnline],
  );

let app: TestApp;
let busy: TestStation,
  empty: TestStation,
  away: TestStation,
  closed: TestStation,
  silent: TestStation,
  gone: TestStation;
const files = {} as Record<FeedName, File>;
const read = async (name: FeedName) =>
  (await app.call("GET", `/gbfs/v3/${name}.json`)) as { status: number; headers: Headers; body: unknown; text: string };
const rowsOf = (name: "station_information" | "station_status") => files[name].data["stations"] as Row[];
const rowOf = (name: "station_information" | "station_status", { id }: TestStation) =>
  rowsOf(name).find((row) => row.station_id === id);

beforeAll(async () => {
  app = startApp();
  [busy, empty, away, closed, silent, gone] = (await Promise.all(
    Array.from({ length: 6 }, () => createStation({ slotCount: 8 })),
  )) as [TestStation, TestStation, TestStation, TestStation, TestStation, TestStation];
  await seen(busy, 5, 3);
  await seen(empty, 0, 8);
  await seen(away, 4, 4, false);
  await seen(closed, 6, 2);
  await seen(gone, 6, 2);
  const inThreeDays = ((new Date(app.clock.now()).getUTCDay() + 2) % 7) + 1;
  await sql("update stations set opening_hours = $2 where id = $1", [
    closed.id,
    JSON.stringify([{ day: inThreeDays, opens: "08:00", closes: "20:00" }]),
  ]);
  await sql(
    `update stations set opening_hours = '[{"day":1,"opens":"08:00","closes":"20:00"},{"day":2,"opens":"08:00","closes":"20:00"},
      {"day":6,"opens":"18:00","closes":"02:00"}]' where id = $1`,
    [empty.id],
  );
  await sql("update stations set retired_at = now() where id = $1", [gone.id]);
  for (const name of names) {
    const { status, body } = await read(name);
    expect([name, status]).toEqual([name, 200]);
    files[name] = body as File;
    await app.settle();
  }
});

describe("every file", () => {
  it.each(names)("%s fits the schema of GBFS 3.0", (name) => {
    expect(violations(schemas[name], files[name])).toEqual([]);
  });

  it.each(names)("%s would not fit without any one thing that it has to have", (name) => {
    const file = files[name];
    for (const part of ["last_updated", "ttl", "version", "data"])
      expect(violations(schemas[name], { ...file, [part]: undefined })).not.toEqual([]);
    expect(violations(schemas[name], { ...file, data: {} })).not.toEqual([]);
    expect(violations(schemas[name], { ...file, version: "2.3" })).not.toEqual([]);
    expect(violations(schemas[name], { ...file, last_updated: "yesterday" })).not.toEqual([]);
  });

  it("is named by the index with its address, and nothing else is", async () => {
    const listed = files.gbfs.data["feeds"] as { name: string; url: string }[];
    expect(listed.map(({ name }) => name).toSorted()).toEqual(names.filter((name) => name !== "gbfs").toSorted());
    for (const { name, url } of listed) expect(url).toBe(`${app.deps.config.PUBLIC_BASE_URL}/gbfs/v3/${name}.json`);
    expect((await app.call("GET", "/gbfs/v3/vehicle_status.json")).status).toBe(404);
  });

  it("may be read by any page in the world, and kept for a while", async () => {
    for (const name of names) {
      const { headers } = await read(name);
      expect(headers.get("Access-Control-Allow-Origin")).toBe("*");
      expect(headers.get("Cache-Control")).toMatch(/^public, max-age=\d+$/);
    }
  });

  it("names no power bank", async () => {
    await sql(
      "insert into power_banks (id, place, station_id, slot, updated_at) values ('pb_secret', 'slot', $1, 1, now())",
      [busy.id],
    );
    for (const name of names) expect((await read(name)).text).not.toContain("pb_secret");
  });
});

describe("a station in the feed", () => {
  it("has its counts, and says whether anything can be rented", () => {
    expect(rowOf("station_status", busy)).toMatchObject({
      num_vehicles_available: 5,
      num_docks_available: 3,
      is_renting: true,
      is_returning: true,
      is_installed: true,
    });
    expect(rowOf("station_status", empty)).toMatchObject({ num_vehicles_available: 0, is_returning: true });
    expect(rowOf("station_status", away)).toMatchObject({ is_renting: false, is_returning: true });
    expect(rowOf("station_status", closed)).toMatchObject({ is_renting: false });
  });

  it("leads to its page, and has its hours in the words of OpenStreetMap", () => {
    expect(rowOf("station_information", busy)).toMatchObject({
      station_opening_hours: "24/7",
      capacity: 8,
      rental_uris: { web: `${app.deps.config.PUBLIC_BASE_URL}/s/${busy.code}` },
    });
    expect(rowOf("station_information", empty)?.["station_opening_hours"]).toBe("Mo-Tu 08:00-20:00; Sa 18:00-26:00");
  });

  it("is there once it has spoken, and until it is taken down", () => {
    const ids = rowsOf("station_information").map(({ station_id }) => station_id);
    expect(ids).toEqual(expect.arrayContaining([busy.id, empty.id, away.id, closed.id]));
    expect(ids).not.toContain(silent.id);
    expect(ids).not.toContain(gone.id);
    expect(rowsOf("station_status").map(({ station_id }) => station_id)).toEqual(ids);
  });
});

it("prices come from the tariffs that stations have", () => {
  const plans = files.system_pricing_plans.data["plans"] as Record<string, unknown>[];
  expect(plans.length).toBeGreaterThanOrEqual(4);
  expect(plans[0]).toMatchObject({
    currency: "TZS",
    price: 1_000,
    is_taxable: false,
    per_min_pricing: [{ start: 250, rate: 500, interval: 60 }],
  });
});

it("all files cost two reads together, and none while the edge has them", async () => {
  const own = startApp({ settings: { PUBLIC_BASE_URL: "https://edge.chajipoa.test" } });
  const readAll = async () => {
    for (const name of names) {
      await own.call("GET", `/gbfs/v3/${name}.json`);
      await own.settle();
    }
  };
  expect((await neon.during(readAll)).requests).toBe(2);
  expect((await neon.during(readAll)).requests).toBe(0);
  own.clock.advance(31_000);
  expect((await neon.during(readAll)).requests).toBe(1);
});
