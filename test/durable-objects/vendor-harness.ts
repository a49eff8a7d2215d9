// A station's object over a cabinet of another vendor: the production client, a simulated cloud or broker, and a webhook
// that goes straight to the object.
import { env } from "cloudflare:workers";
import { ChargeNowCloud } from "../../dev/simulators/chargenow-cloud.ts";
import { VolinksBroker } from "../../dev/simulators/volinks-broker.ts";
import type { VendorMetal } from "../../dev/simulators/vendor-metal.ts";
import type { SlotSeed } from "../../dev/simulators/station-cabinet.ts";
import { Config } from "../../src/config.ts";
import { createChargeNow } from "../../src/providers/chargenow.ts";
import { createVolinks } from "../../src/providers/volinks.ts";
import { type CabinetVendor, slotNumber, type VendorWord } from "../../src/providers/ports.ts";
import type { VendorGate } from "../../src/stations/port.ts";
import { makeStation, type TestStation } from "./harness.ts";

export const CABINET = "CN860602069165357";

/** Serial numbers, because one of the vendors knows nothing else. */
export const serial = (n: number): string => `1000000${String(n).padStart(2, "0")}`;
const slots: SlotSeed[] = [1, 2, 3, 4, 5, 6].map((slot) =>
  slot <= 3 ? { slot, powerBankId: serial(slot), chargePercent: 100 - slot } : { slot },
);

/** Slot numbers are checked where they come from, as the verbs do. */
export const gateOf = (vendor: CabinetVendor): VendorGate => ({
  read: ({ vendorId }) => vendor.read(vendorId),
  eject: ({ slot, driver: _driver, ...input }) => vendor.eject({ ...input, slot: slotNumber(slot) }),
  operate: ({ vendorId, order }) =>
    vendor.operate(
      vendorId,
      order.kind === "restart" ? order : { ...order, slot: slotNumber(order.slot) },
      1_790_000_000_000,
    ),
});

export interface VendorStation extends TestStation {
  metal: VendorMetal;
  /** Hands what came from outside to the object. */
  hear(word: VendorWord | null): Promise<void>;
  /** Orders that may move something, as the vendor got them. */
  ejects(): number;
  setOnline(isOnline: boolean): void;
}

const finish = async (
  driver: "chargenow" | "volinks",
  vendors: VendorGate,
  metal: VendorMetal,
  ejects: () => number,
  bind: (station: TestStation) => void,
): Promise<VendorStation> => {
  const station = await makeStation({ vendors, settings: { driver, vendorId: CABINET, slotCount: 6 } });
  bind(station);
  // The first alarm looks at the cabinet.
  await station.alarm(0);
  station.plane.deliveries.length = 0;
  return Object.assign(station, {
    metal,
    ejects,
    setOnline: (isOnline: boolean) => void (metal.cabinets.get(CABINET)!.isOnline = isOnline),
    async hear(word: VendorWord | null) {
      if (word) await station.stub.hear(word.notice);
      await station.idle();
    },
  });
};

export const chargeNowStation = async () => {
  let now = () => 0;
  const cloud = new ChargeNowCloud({
    username: "u",
    password: "p",
    cabinets: [{ id: CABINET, slots }],
    now: () => now(),
  });
  const client = createChargeNow({
    config: {
      ...Config.parse(env),
      CHARGENOW_URL: "http://cloud.test/cdb-open-api/v1",
      CHARGENOW_USERNAME: "u",
      CHARGENOW_PASSWORD: "p",
    },
    fetch: cloud.fetch,
    timeoutMs: 200,
  })!;
  const station = await finish(
    "chargenow",
    gateOf(client),
    cloud.metal,
    () => cloud.orders.filter(({ query }) => query["operationType"] === "pop").length,
    ({ clock }) => (now = () => clock.now()),
  );
  return Object.assign(station, {
    cloud,
    push: async (event: string, data: Record<string, unknown> = {}) =>
      station.hear(await client.parsePush(cloud.push(event, { cabinetId: CABINET, ...data }))),
  });
};

export const volinksStation = async () => {
  let now = () => 0;
  let stationId = "";
  const broker = new VolinksBroker({
    key: "k",
    secret: "s",
    cabinets: [{ id: CABINET, slots }],
    now: () => now(),
    // The broker's webhook is a request of its own.
    onMessage: (body) => void pass(body),
  });
  const client = createVolinks({
    config: {
      ...Config.parse(env),
      VOLINKS_BROKER_URL: "http://broker.test",
      VOLINKS_BROKER_KEY: "k",
      VOLINKS_BROKER_SECRET: "s",
      VOLINKS_MQTT_HOST: "mqtt.test",
      VOLINKS_DEVICE_KEY: "device-key",
    },
    fetch: broker.fetch,
    timeoutMs: 200,
  })!;
  const pass = async (body: string): Promise<void> => {
    const word = await client.parseMessage(body);
    if (word) await env.STATIONS.getByName(stationId).hear(word.notice);
  };
  const station = await finish(
    "volinks",
    gateOf(client),
    broker.metal,
    () => broker.published.filter(({ command }) => command.cmd !== "check").length,
    (made) => {
      now = () => made.clock.now();
      stationId = made.stationId;
    },
  );
  return Object.assign(station, { broker, parse: (body: string) => client.parseMessage(body) });
};
