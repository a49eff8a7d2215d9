// A start by what the renter's camera read: on the label, on the screen, or typed.
import { describe, expect, test } from "vitest";
import { StationQr } from "../../src/stations/schemas.ts";
import { makeScreenCode, screenAddress } from "../../src/stations/screen-code.ts";
import { startRental } from "../../src/rentals/service.ts";
import { sha256Hex } from "../../src/lib/crypto.ts";
import { neon, sql } from "../support/control.ts";
import { createStation, createUser, type TestStation } from "../support/factories.ts";
import { asUser, createBench, type Bench } from "../support/verbs.ts";

const drawKey = async (station: TestStation, keyId: string) => {
  const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
  const { x, d } = (await crypto.subtle.exportKey("jwk", pair.privateKey)) as { x: string; d: string };
  await sql("insert into station_keys (station_id, key_id, public_x, created_at) values ($1, $2, $3, now())", [
    station.id,
    keyId,
    x,
  ]);
  return { keyId, x, d };
};
const refuseStatic = (station: TestStation) =>
  sql("update stations set accepts_static_code = false where id = $1", [station.id]);
const label = (station: TestStation) => `https://chajipoa.test/s/${station.code}`;

/** Starts by what a camera read; the same `key` is the same request. */
const startBy = async (bench: Bench, qr: string, key = bench.deps.ids.secret(12), userId?: `usr_${string}`) => {
  const renter = userId ?? (await createUser({ walletTzs: 5_000 }));
  return startRental(bench.deps, asUser(renter), {
    ...StationQr.parse(qr),
    payment: null,
    key: { route: "POST /start", key, bodyHash: await sha256Hex(qr) },
    requestId: "req_test",
  });
};

describe("a station that takes every code", () => {
  test("is rented at by label, by number and by screen", async () => {
    const bench = createBench();
    const station = await createStation();
    const key = await drawKey(station, "k1");
    const screen = screenAddress(label(station), await makeScreenCode(station.id, key, bench.clock.now()));
    for (const qr of [label(station), station.code, screen])
      expect((await startBy(bench, qr)).rental).toMatchObject({ stationId: station.id, status: "dispensing" });
  });

  test("refuses a screen's code that is old, forged, of another station or of a retired key", async () => {
    const bench = createBench();
    const [station, other] = [await createStation(), await createStation()];
    const key = await drawKey(station, "k1");
    const stranger = await drawKey(other, "k1");
    const retired = await drawKey(station, "k0");
    await sql("update station_keys set is_retired = true where station_id = $1 and key_id = 'k0'", [station.id]);
    const now = bench.clock.now();
    const by = async (make: Promise<string>) => startBy(bench, screenAddress(label(station), await make));
    await expect(by(makeScreenCode(station.id, key, now - 61_000))).rejects.toMatchObject({ code: "qr_expired" });
    await expect(by(makeScreenCode(station.id, key, now + 11_000))).rejects.toMatchObject({ code: "qr_expired" });
    for (const code of [
      makeScreenCode(other.id, stranger, now),
      makeScreenCode(station.id, stranger, now),
      makeScreenCode(station.id, retired, now),
      Promise.resolve("nonsense"),
      Promise.resolve(""),
    ])
      await expect(by(code)).rejects.toMatchObject({ code: "qr_invalid" });
    expect(await sql("select 1 from rentals where station_id = $1", [station.id])).toEqual([]);
  });
});

describe("a station that takes only its screen's code", () => {
  test("refuses the label and the number, holds nothing, and takes the screen's code", async () => {
    const bench = createBench();
    const station = await createStation();
    await refuseStatic(station);
    const key = await drawKey(station, "k1");
    for (const qr of [label(station), station.code])
      await expect(startBy(bench, qr)).rejects.toMatchObject({ code: "screen_code_required" });
    expect(await sql("select 1 from rentals where station_id = $1", [station.id])).toEqual([]);
    const code = await makeScreenCode(station.id, key, bench.clock.now());
    expect((await startBy(bench, screenAddress(label(station), code))).rental.status).toBe("dispensing");
  });

  test("answers a start that is repeated after its code has run out with the same rental", async () => {
    const bench = createBench();
    const station = await createStation();
    await refuseStatic(station);
    const qr = screenAddress(
      label(station),
      await makeScreenCode(station.id, await drawKey(station, "k1"), bench.clock.now()),
    );
    const userId = await createUser({ walletTzs: 5_000 });
    const first = await startBy(bench, qr, "same", userId);
    bench.clock.advance(100_000);
    const again = await startBy(bench, qr, "same", userId);
    expect(again).toMatchObject({ isReplay: true, rental: { id: first.rental.id } });
  });
});

test("a screen's code costs a look for the station's keys once; then the edge knows them, until a newer key signs", async () => {
  const bench = createBench();
  const station = await createStation();
  const address = async (key: Parameters<typeof makeScreenCode>[1]) =>
    screenAddress(label(station), await makeScreenCode(station.id, key, bench.clock.now()));
  const first = await address(await drawKey(station, "k1"));
  expect((await neon.during(() => startBy(bench, first))).requests).toBe(2);
  await Promise.all(bench.deferred);
  expect((await neon.during(() => startBy(bench, first))).requests).toBe(1);
  bench.clock.advance(5_000);
  const newer = await address(await drawKey(station, "k2"));
  expect((await neon.during(() => startBy(bench, newer))).requests).toBe(2);
});
