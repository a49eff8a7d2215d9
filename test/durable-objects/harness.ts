// A station's object with a clock, a control plane and a station of the test's own.
import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { StationObject } from "../../durable-objects/station.ts";
import type { Id } from "../../src/lib/ids.ts";
import { createLog } from "../../src/lib/log.ts";
import type {
  ControlPlane,
  DeliveryResult,
  StationDelivery,
  StationKey,
  StationReport,
  StationSettings,
  VendorGate,
} from "../../src/stations/port.ts";
import type { SlotSeed } from "../../dev/simulators/station-cabinet.ts";
import { StationClient } from "../support/station-client.ts";
import { Listener } from "./listener.ts";
import { createOrderedIds } from "../support/ids.ts";

/** A day ahead, so that no alarm fires by itself: tests run them. */
export class TestClock {
  atMs = Date.now() + 86_400_000;
  now(): number {
    return this.atMs;
  }
  pass(ms: number): void {
    this.atMs += ms;
  }
}

export class FakeControlPlane implements ControlPlane {
  readonly deliveries: StationDelivery[] = [];
  answer: (delivery: StationDelivery) => DeliveryResult | Promise<DeliveryResult> = () => ({ status: "accepted" });

  async deliver(delivery: StationDelivery): Promise<DeliveryResult> {
    this.deliveries.push(delivery);
    return this.answer(delivery);
  }

  reports<V extends StationReport["verb"]>(verb: V): Extract<StationReport, { verb: V }>[] {
    return this.deliveries.map(({ report }) => report).filter((report) => report.verb === verb) as Extract<
      StationReport,
      { verb: V }
    >[];
  }
}

export interface Key {
  keyId: string;
  privateJwk: JWK;
  public: StationKey;
}

export const makeKey = async (keyId: string): Promise<Key> => {
  const pair = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const { x } = await exportJWK(pair.publicKey);
  return { keyId, privateJwk: await exportJWK(pair.privateKey), public: { keyId, x: x!, isRetired: false } };
};

export const settings: StationSettings = {
  slotCount: 8,
  minChargePercent: 60,
  maxTemperatureC: 45,
  heartbeatSeconds: 20,
  isInService: true,
  lockedSlots: [],
};

export const bank = (n: number): string => `pb_test${n}`;

/** Three banks of falling charge in slots 1 to 3, five empty slots. */
export const someSlots: SlotSeed[] = [1, 2, 3, 4, 5, 6, 7, 8].map((slot) =>
  slot <= 3 ? { slot, powerBankId: bank(slot), chargePercent: 100 - slot } : { slot },
);

export interface StationOptions {
  slots?: SlotSeed[];
  settings?: Partial<StationSettings>;
  isConfigured?: boolean;
  /** How the object reaches a cabinet of another vendor. */
  vendors?: VendorGate;
}

export type TestStation = Awaited<ReturnType<typeof makeStation>>;

/** Configured, not connected. */
export const makeStation = async (options: StationOptions = {}) => {
  const clock = new TestClock();
  const plane = new FakeControlPlane();
  const lines: Record<string, unknown>[] = [];
  StationObject.surroundings = () => ({
    clock,
    ids: createOrderedIds(clock),
    log: createLog((line) => lines.push(JSON.parse(line) as Record<string, unknown>)),
    controlPlane: plane,
    ...(options.vendors ? { vendors: options.vendors, vendorPatienceMs: 50 } : {}),
  });
  const ids = createOrderedIds(clock);
  const stationId = ids.next("stn");
  const key = await makeKey("k1");
  const stub = env.STATIONS.getByName(stationId);
  const configured = { ...settings, ...options.settings };
  if (options.isConfigured !== false) await stub.configure({ version: 1, keys: [key.public], settings: configured });
  const client = new StationClient({
    stationId,
    ...key,
    open: (request) => stub.fetch(request),
    now: () => clock.now(),
    model: { slots: options.slots ?? someSlots, ejectMs: 0 },
  });
  const station = {
    clock,
    plane,
    lines,
    ids,
    stationId,
    key,
    stub,
    client,
    settings: configured,
    /** For calls out of a delivery: it runs in the object's own context. */
    fromInside: () => env.STATIONS.getByName(stationId),
    /** Ends what is on its way to the cabinet's vendor and to the control plane. */
    idle: () =>
      runInDurableObject(stub, async (object: StationObject) => {
        await object.vendor.idle();
        await object.outbox.idle();
      }),
    /** Time passes and the alarm rings, whatever it was set to. */
    async alarm(ms: number): Promise<void> {
      clock.pass(ms);
      if (!(await runDurableObjectAlarm(stub))) throw new Error("no alarm was set");
      await station.idle();
    },
    evict: () => evictDurableObject(stub),
    rows: <Row extends Record<string, SqlStorageValue>>(
      query: string,
      ...bindings: SqlStorageValue[]
    ): Promise<Row[]> => runInDurableObject(stub, (object: StationObject) => object.sql.all<Row>(query, ...bindings)),
    /** Rows that `work` wrote, deliveries included. */
    async written(work: () => Promise<unknown>): Promise<number> {
      const read = () => runInDurableObject(stub, (object: StationObject) => object.sql.rowsWritten);
      const before = await read();
      await work();
      await station.idle();
      return (await read()) - before;
    },
    rental: (): Id<"rnt"> => ids.next("rnt"),
    dispense: (rentalId: Id<"rnt">, input: { notAfterMs?: number; wasPaid?: boolean } = {}) =>
      stub.dispense({
        rentalId,
        notAfterMs: input.notAfterMs ?? clock.now() + 180_000,
        wasPaid: input.wasPaid ?? false,
      }),
    async listen(rentalId: Id<"rnt">, jti: string = ids.next("tkt")): Promise<Listener> {
      const query = new URLSearchParams({ rental: rentalId, jti, exp: String(clock.now() + 60_000) });
      return new Listener(
        await stub.fetch(`https://station/live?${query.toString()}`, { headers: { upgrade: "websocket" } }),
      );
    },
    alerts: (): unknown[] => lines.filter((line) => line["event"] === "alert").map((line) => line["alert"]),
  };
  return station;
};

/** Configured, connected, its inventory known and told. */
export const liveStation = async (options: StationOptions = {}): Promise<TestStation> => {
  const station = await makeStation(options);
  await station.client.connect();
  await station.idle();
  station.plane.deliveries.length = 0;
  return station;
};
