// The doors of the vendors: what comes in is heard and answered in their form, moves nothing, and reaches the object of its
// cabinet alone. A whole rental at a cabinet of ChargeNow's, from the start to the bill.
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, it } from "vitest";
import { ChargeNowCloud } from "../../dev/simulators/chargenow-cloud.ts";
import { VolinksBroker } from "../../dev/simulators/volinks-broker.ts";
import { StationObject } from "../../durable-objects/station.ts";
import { createChargeNow } from "../../src/providers/chargenow.ts";
import { createVolinks } from "../../src/providers/volinks.ts";
import { ejectFromCabinet, operateCabinet, pushConfig, readCabinet } from "../../src/stations/service.ts";
import { sql } from "../support/control.ts";
import { type ClockedCity, foundCity } from "../support/clocked-city.ts";
import { createBank, createStation } from "../support/factories.ts";
import { CHARGENOW_SECRET, VOLINKS_SECRET } from "../support/test-env.ts";

const MINUTE = 60_000;
let cabinets = 0;
let city: ClockedCity;

beforeEach(() => {
  city = foundCity();
  const around = StationObject.surroundings;
  StationObject.surroundings = (ctx) => ({
    ...around(ctx),
    vendorPatienceMs: 50,
    vendors: {
      read: (input) => readCabinet(city.deps, input),
      eject: (input) => ejectFromCabinet(city.deps, input),
      operate: (input) => operateCabinet(city.deps, input),
    },
  });
});

const post = (path: string, body: string): Promise<Response> =>
  city.open(
    new Request(`http://chajipoa.test/api/v1/stations/drivers/${path}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    }),
  );

/** A station in the database whose object is configured, over a cabinet with these banks. */
const bindStation = async (driver: "chargenow" | "volinks") => {
  const vendorId = `CN${++cabinets}${Date.now()}`;
  const station = await createStation({ slotCount: 6 });
  await sql("update stations set driver = $2, vendor_id = $3, config_version = config_version + 1 where id = $1", [
    station.id,
    driver,
    vendorId,
  ]);
  await pushConfig(city.deps, station.id);
  const stub = () => env.STATIONS.getByName(station.id);
  const idle = () =>
    runInDurableObject(stub(), async (object: StationObject) => {
      await object.vendor.idle();
      await object.outbox.idle();
    });
  return {
    ...station,
    vendorId,
    idle,
    async alarm(ms: number) {
      city.clock.pass(ms);
      await runDurableObjectAlarm(stub());
      await idle();
    },
  };
};

const chargeNowStation = async () => {
  const station = await bindStation("chargenow");
  const banks = [await createBank(), await createBank()];
  const slots = [1, 2, 3, 4, 5, 6].map((slot) =>
    slot <= 2 ? { slot, powerBankId: banks[slot - 1]!, chargePercent: 100 - slot } : { slot },
  );
  const cloud = new ChargeNowCloud({ username: "u", password: "p", cabinets: [{ id: station.vendorId, slots }] });
  city.deps.vendors.chargenow = createChargeNow({
    config: {
      ...city.deps.config,
      CHARGENOW_URL: "http://cloud.test",
      CHARGENOW_USERNAME: "u",
      CHARGENOW_PASSWORD: "p",
    },
    fetch: cloud.fetch,
  });
  await station.alarm(0);
  const push = async (event: string, data: Record<string, unknown> = {}, isEscaped = false) => {
    const body = cloud.push(event, { cabinetId: station.vendorId, ...data }, isEscaped);
    const answer = await post(`chargenow/${CHARGENOW_SECRET}`, body);
    await station.idle();
    return answer;
  };
  return { ...station, banks, cloud, push };
};

it("a whole rental at a ChargeNow cabinet: one pop, proved by a look, billed to the return that a push announced", async () => {
  const station = await chargeNowStation();
  const renter = await city.renter(10_000);
  const start = await renter.call(
    "POST",
    "/rentals/start",
    { stationCode: station.code },
    { "idempotency-key": crypto.randomUUID() },
  );
  expect(start.status).toBe(202);
  const { id } = await start.json<{ id: string }>();
  await station.idle();
  await station.alarm(10_000);
  const read = async () => (await renter.call("GET", `/rentals/${id}`)).json<Record<string, unknown>>();
  expect(await read()).toMatchObject({ status: "active", slot: 1 });
  expect(station.cloud.orders.map(({ query }) => query["operationType"])).toEqual(["pop"]);

  city.clock.pass(90 * MINUTE);
  station.cloud.metal.insert(station.vendorId, station.banks[0]!, 5);
  expect((await station.push("BATTERY_IN", { returnBatteryId: station.banks[0] }, true)).status).toBe(200);
  expect(await read()).toMatchObject({ status: "completed", endedAt: new Date(city.clock.now()).toISOString() });
  expect(
    await sql("select direction, evidence, outcome from custody where power_bank_id = $1 order by id", [
      station.banks[0],
    ]),
  ).toContainEqual({ direction: "in", evidence: "inventory", outcome: "closes" });
});

it("a forged push ends no rental and starts none", async () => {
  const station = await chargeNowStation();
  const renter = await city.renter(10_000);
  const start = await renter.call(
    "POST",
    "/rentals/start",
    { stationCode: station.code },
    { "idempotency-key": crypto.randomUUID() },
  );
  const { id } = await start.json<{ id: string }>();
  await station.idle();
  await station.alarm(10_000);
  city.clock.pass(MINUTE);
  await station.push("BATTERY_IN", { returnBatteryId: station.banks[0], orderId: id, slotNum: 1 });
  await station.push("BATTERY_BORROW_OUT", { outBatteryId: station.banks[1], outSlot: 2, faultType: 0 });
  expect(await (await renter.call("GET", `/rentals/${id}`)).json()).toMatchObject({ status: "active" });
  const custody = await sql("select 1 from custody where power_bank_id = $1", [station.banks[1]]);
  expect(custody).toHaveLength(1);
});

it("a bank that the vendor's own app rented out is missing, audited, a ticket, and costs nobody", async () => {
  const station = await chargeNowStation();
  station.cloud.metal.cabinets.get(station.vendorId)!.cabinet.remove(2);
  await station.push("BATTERY_BORROW_OUT", { outBatteryId: station.banks[1], outSlot: 2, orderId: "theirs" });
  expect(await sql("select place, station_id from power_banks where id = $1", [station.banks[1]])).toEqual([
    { place: "missing", station_id: null },
  ]);
  expect(
    await sql("select direction, outcome, rental_id from custody where power_bank_id = $1 order by id desc limit 1", [
      station.banks[1],
    ]),
  ).toEqual([{ direction: "out", outcome: "taken", rental_id: null }]);
  expect(
    await sql("select actor from audit_log where action = 'bank_taken' and subject = $1", [station.banks[1]]),
  ).toEqual([{ actor: `station:${station.id}` }]);
  expect(
    await sql("select kind, state, station_id, slot from tickets where power_bank_id = $1", [station.banks[1]]),
  ).toEqual([{ kind: "missing_bank", state: "open", station_id: station.id, slot: 2 }]);
});

it("a push about a cabinet of nobody, and one that is none, are answered like any other", async () => {
  for (const body of ['{"event":"BATTERY_IN","eventData":{"cabinetId":"NOBODY"}}', "<html>", "", "null"]) {
    const answer = await post(`chargenow/${CHARGENOW_SECRET}`, body);
    expect([body, answer.status]).toEqual([body, 200]);
  }
  expect((await post(`chargenow/${VOLINKS_SECRET}`, "{}")).status).toBe(404);
  expect((await post(`volinks/${CHARGENOW_SECRET}/messages`, "{}")).status).toBe(404);
});

const volinksStation = async () => {
  const station = await bindStation("volinks");
  const bank = `7${String(Date.now()).slice(-8)}`;
  await sql("insert into power_banks (id, place, updated_at) values ($1, 'depot', now())", [bank]);
  const messages: string[] = [];
  const slots = [1, 2, 3, 4, 5, 6].map((slot) =>
    slot === 1 ? { slot, powerBankId: bank, chargePercent: 90 } : { slot },
  );
  const broker = new VolinksBroker({
    key: "k",
    secret: "s",
    cabinets: [{ id: station.vendorId, slots }],
    onMessage: (body) => messages.push(body),
  });
  city.deps.vendors.volinks = createVolinks({
    config: {
      ...city.deps.config,
      VOLINKS_BROKER_URL: "http://broker.test",
      VOLINKS_BROKER_KEY: "k",
      VOLINKS_BROKER_SECRET: "s",
      VOLINKS_MQTT_HOST: "mqtt.test",
      VOLINKS_DEVICE_KEY: "device-key",
    },
    fetch: broker.fetch,
  });
  return {
    ...station,
    bank,
    broker,
    /** The broker's webhook, for everything that was said since. */
    async deliver() {
      for (const body of messages.splice(0))
        expect((await post(`volinks/${VOLINKS_SECRET}/messages`, body)).status).toBe(200);
    },
  };
};

it("a Volinks cabinet gets its broker and a password, which the broker asks about", async () => {
  const station = await volinksStation();
  const call = { uuid: station.vendorId, deviceId: "0", simUUID: "8925", simMobile: "" };
  const connect = await post(
    `volinks/${VOLINKS_SECRET}/api/rentbox/client/connect?${await station.broker.deviceCall("connect", call)}`,
    "hardware=1&software=2",
  );
  expect(connect.status).toBe(200);
  const { code, data } = await connect.json<{ code: number; data: string }>();
  const [name, , host, port, username, password] = data.split(",");
  expect([code, name, host, port, username]).toEqual([200, station.vendorId, "mqtt.test", "1883", station.vendorId]);
  const login = async (given: unknown) =>
    (await post(`volinks/${VOLINKS_SECRET}/login`, JSON.stringify(given))).json<{ result: string }>();
  expect(await login({ username, password })).toMatchObject({ result: "allow", is_superuser: false });
  expect(await login({ username, password: "guessed" })).toMatchObject({ result: "deny" });
  expect(await login(null)).toMatchObject({ result: "deny" });
});

it("a garbled call of a cabinet is refused, and one of a cabinet of nobody is unknown", async () => {
  const station = await volinksStation();
  const path = (query: string) => `volinks/${VOLINKS_SECRET}/api/rentbox/order/return?${query}`;
  expect((await post(path(`rentboxSN=${station.vendorId}&sign=0`), "")).status).toBe(400);
  const stranger = await station.broker.deviceCall("return", { rentboxSN: "NOBODY", singleSN: "1", hole: "1" });
  expect((await post(path(stranger), "")).status).toBe(404);
  const own = await station.broker.deviceCall("return", { rentboxSN: station.vendorId, singleSN: "1", hole: "1" });
  expect((await post(path(own), "")).status).toBe(200);
});

it("a Volinks cabinet's answer comes by the broker's webhook, and its return by the next one", async () => {
  const station = await volinksStation();
  const slots = () =>
    runInDurableObject(env.STATIONS.getByName(station.id), (object: StationObject) =>
      object.sql.all("select slot, power_bank_id from slots where power_bank_id is not null order by slot"),
    );
  await runDurableObjectAlarm(env.STATIONS.getByName(station.id));
  await station.idle();
  await station.deliver();
  await station.idle();
  expect(await slots()).toEqual([{ slot: 1, power_bank_id: station.bank }]);
  station.broker.insert(station.vendorId, "8123", 4);
  await station.deliver();
  await station.idle();
  await station.deliver();
  await station.idle();
  expect(await slots()).toEqual([
    { slot: 1, power_bank_id: station.bank },
    { slot: 4, power_bank_id: "8123" },
  ]);
  expect(await sql("select outcome from custody where power_bank_id = '8123'")).toEqual([{ outcome: "unknown_bank" }]);
});
