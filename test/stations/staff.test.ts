// Stations as staff enter, change and take them down, over HTTP.
import { importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { audited, type Desk, deskOf, startOffice } from "../http/staff.ts";
import { sql } from "../support/control.ts";
import { createBank, createStation, createTariff } from "../support/factories.ts";

let office: ReturnType<typeof startOffice>;
let admin: Desk;
beforeAll(async () => {
  office = startOffice();
  admin = await deskOf(office.app, "admin");
});

let codes = 800_000;
const facts = async () => ({
  code: String((codes += 1)),
  name: "Posta",
  address: "Samora Avenue",
  latitude: -6.816,
  longitude: 39.29,
  tariffId: await createTariff(),
  slotCount: 8,
});
type Station = { id: string; keys: { keyId: string; publicX: string; isRetired: boolean }[] } & Record<string, unknown>;
const stationOf = (body: Record<string, unknown>) => (body["station"] ?? body) as Station;
const reason = "by the plan";

describe("entering a station", () => {
  it("shows its key once: a repeat of the request shows the station and no key", async () => {
    const body = await facts();
    const entered = await admin.send("POST", "/stations", body, "enter-1");
    expect(entered.status).toBe(201);
    const station = stationOf(entered.body);
    const key = entered.body["privateKey"] as JWK & { kid: string };
    expect(station.keys).toMatchObject([{ keyId: key.kid, publicX: key.x, isRetired: false }]);
    // The private half signs what the stored public half proves.
    const signed = await new SignJWT({}).setProtectedHeader({ alg: "EdDSA" }).sign(await importJWK(key, "EdDSA"));
    const stored = await importJWK({ kty: "OKP", crv: "Ed25519", x: station.keys[0]!.publicX }, "EdDSA");
    await expect(jwtVerify(signed, stored)).resolves.toBeDefined();

    const again = await admin.send("POST", "/stations", body, "enter-1");
    expect(again).toMatchObject({ status: 201, isReplay: true, body: { privateKey: null, keyId: key.kid } });
    expect(stationOf(again.body).id).toBe(station.id);
    expect(JSON.stringify(await sql("select * from station_keys where station_id = $1", [station.id]))).not.toContain(
      key.d,
    );
    expect(await audited(station.id)).toMatchObject([
      { actor: `staff:${admin.userId}`, action: "station_registered", detail: { code: body.code, keyId: key.kid } },
    ]);
    expect(await sql("select 1 from audit_log where detail::text like $1", [`%${key.d}%`])).toEqual([]);
  });

  it("hands keys and settings to the station's object at once", async () => {
    const { body } = await admin.send("POST", "/stations", { ...(await facts()), maxTemperatureC: 40 });
    await office.app.settle();
    const { id } = stationOf(body);
    expect(office.told.findLast((each) => each.stationId === id)).toMatchObject({
      version: 1,
      keys: [{ keyId: body["keyId"], isRetired: false }],
      settings: { slotCount: 8, maxTemperatureC: 40, isInService: true, lockedSlots: [] },
    });
    expect((await admin.get(`/stations/${id}`)).body).toMatchObject({ station: { isConfirmed: true } });
  });

  it("takes the public half of a key that the station made, and shows no private one", async () => {
    const publicX = "B".repeat(43);
    const { body } = await admin.send("POST", "/stations", { ...(await facts()), publicX });
    expect(body).toMatchObject({ privateKey: null, station: { keys: [{ publicX }] } });
  });

  it("refuses a code that another has, a tariff that is not there, and another body under a used key", async () => {
    const body = await facts();
    expect((await admin.send("POST", "/stations", body, "enter-2")).status).toBe(201);
    expect((await admin.send("POST", "/stations", body)).body["code"]).toBe("station_code_taken");
    const strange = { ...(await facts()), tariffId: `trf_${"0".repeat(26)}` };
    expect((await admin.send("POST", "/stations", strange)).body["code"]).toBe("tariff_unknown");
    expect((await admin.send("POST", "/stations", await facts(), "enter-2")).body["code"]).toBe("idempotency_mismatch");
  });
});

describe("the keys of a station", () => {
  it("change over without a gap: two are valid, a third is refused, the old one ends", async () => {
    const entered = await admin.send("POST", "/stations", await facts());
    const { id } = stationOf(entered.body);
    const first = entered.body["keyId"] as string;
    const given = await admin.send("POST", `/stations/${id}/keys`, { reason }, "key-1");
    expect(given.status).toBe(201);
    const second = given.body["keyId"] as string;
    expect(given.body["privateKey"]).toMatchObject({ kid: second, crv: "Ed25519" });
    expect(await admin.send("POST", `/stations/${id}/keys`, { reason }, "key-1")).toMatchObject({
      isReplay: true,
      body: { keyId: second, privateKey: null },
    });
    expect((await admin.send("POST", `/stations/${id}/keys`, { reason })).body["code"]).toBe("station_keys_full");
    const retire = (keyId: string, isLast = false) =>
      admin.send("POST", `/stations/${id}/keys/retire`, { keyId, reason, isLast });
    expect((await retire(first)).status).toBe(200);
    await office.app.settle();
    const told = office.told.findLast((each) => each.stationId === id)!;
    expect(Object.fromEntries(told.keys.map(({ keyId, isRetired }) => [keyId, isRetired]))).toEqual({
      [first]: true,
      [second]: false,
    });
    expect((await retire(second)).body["code"]).toBe("station_key_last");
    expect((await retire("k-nothing")).body["code"]).toBe("station_key_unknown");
    expect((await retire(second, true)).status).toBe(200);
    expect((await audited(id)).map(({ action }) => action)).toEqual([
      "station_registered",
      "station_key_added",
      "station_key_retired",
      "station_key_retired",
    ]);
  });
});

describe("changing a station", () => {
  it("writes what was and what is, and asks the object to take it", async () => {
    const { id } = await createStation();
    const tariffId = await createTariff();
    const openingHours = [{ day: 1, opens: "08:00", closes: "20:00" }];
    const changed = await admin.send("PATCH", `/stations/${id}`, {
      reason,
      name: "Kivukoni",
      tariffId,
      openingHours,
      heartbeatSeconds: 60,
      acceptsStaticCode: false,
    });
    expect(changed.body).toMatchObject({ name: "Kivukoni", openingHours, acceptsStaticCode: false });
    await office.app.settle();
    expect(office.told.findLast((each) => each.stationId === id)!.settings).toMatchObject({ heartbeatSeconds: 60 });
    expect(await audited(id)).toMatchObject([
      {
        action: "station_changed",
        detail: { reason, from: { name: "Kariakoo", openingHours: null }, to: { name: "Kivukoni", openingHours } },
      },
    ]);
    const always = await admin.send("PATCH", `/stations/${id}`, { reason, openingHours: [] });
    expect(always.body["openingHours"]).toBeNull();
  });

  it("takes it out of service and a slot out of use, until they are put back", async () => {
    const { id } = await createStation();
    const agent = await deskOf(office.app, "agent");
    await agent.send("POST", `/stations/${id}/service`, { isInService: false, reason: "flooded" });
    await agent.send("POST", `/stations/${id}/slots`, { slot: 3, isInService: false, reason: "bent spring" });
    await office.app.settle();
    expect(office.told.findLast((each) => each.stationId === id)!.settings).toMatchObject({
      isInService: false,
      lockedSlots: [3],
    });
    const { body } = await agent.get(`/stations/${id}`);
    expect(body).toMatchObject({
      station: { isInService: false, slots: [{ slot: 3, state: "out_of_service", reason: "bent spring" }] },
    });
    expect(
      (await agent.send("POST", `/stations/${id}/slots`, { slot: 9, isInService: false, reason })).body,
    ).toMatchObject({
      code: "slot_unknown",
    });
    await agent.send("POST", `/stations/${id}/slots`, { slot: 3, isInService: true, reason: "new spring" });
    await agent.send("POST", `/stations/${id}/service`, { isInService: true, reason: "dry" });
    await office.app.settle();
    expect(office.told.findLast((each) => each.stationId === id)!.settings).toMatchObject({
      isInService: true,
      lockedSlots: [],
    });
    expect((await audited(id)).map(({ action, detail }) => [action, detail["reason"]])).toEqual([
      ["station_changed", "flooded"],
      ["slot_out_of_service", "bent spring"],
      ["slot_in_service", "new spring"],
      ["station_changed", "dry"],
    ]);
  });

  it("takes it down for good only when nothing is in it; then its keys are dead and it cannot be changed", async () => {
    const entered = await admin.send("POST", "/stations", await facts());
    const { id } = stationOf(entered.body);
    const bank = await createBank();
    await sql("update power_banks set place = 'slot', station_id = $2, slot = 1 where id = $1", [bank, id]);
    const refused = await admin.send("POST", `/stations/${id}/retire`, { reason });
    expect(refused).toMatchObject({ status: 409, body: { code: "station_not_empty" } });
    await sql("update power_banks set place = 'depot', station_id = null, slot = null where id = $1", [bank]);
    const retired = await admin.send("POST", `/stations/${id}/retire`, { reason });
    expect(retired.body).toMatchObject({ isInService: false, keys: [{ isRetired: true }] });
    expect(retired.body["retiredAt"]).not.toBeNull();
    expect((await admin.send("PATCH", `/stations/${id}`, { reason, name: "x" })).body["code"]).toBe("station_retired");
    expect((await admin.send("POST", `/stations/${id}/keys`, { reason })).body["code"]).toBe("station_retired");
  });
});

describe("the list of stations", () => {
  it("goes through every station once, page by page", async () => {
    const made = await Promise.all([createStation(), createStation(), createStation()]);
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page = await admin.get(`/stations?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      seen.push(...(page.body["items"] as Station[]).map(({ id }) => id));
      cursor = page.body["nextCursor"] as string | null;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
  });
});
