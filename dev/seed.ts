// What a new local database holds: two tariffs, six stations in Dar es Salaam with their keys, two of them behind vendors, and their power
// banks. A second run changes nothing but what this file says anew.
import type { Client } from "pg";
import { systemClock } from "../src/lib/clock.ts";
import { createIds, type Id } from "../src/lib/ids.ts";
import { defaultTariff, TariffTerms } from "../src/pricing/tariff.ts";
import type { VendorName } from "../src/providers/ports.ts";
import type { Ed25519Key } from "./local-env.ts";
import { withClient } from "./postgres.ts";
import type { SlotSeed } from "./simulators/station-cabinet.ts";

export interface StationPlan {
  code: string;
  name: string;
  address: string;
  latitude: number;
  longitude: number;
  slotCount: number;
  slots: SlotSeed[];
  /** A cabinet of somebody else's; without it the station speaks to us itself. */
  vendor?: { driver: VendorName; vendorId: string };
  /** The default one where it says nothing. */
  tariff?: keyof typeof TARIFFS;
}

const TARIFFS = {
  default: defaultTariff,
  /** For whoever does not want to wait four hours to see what happens at the end. */
  short: { ...defaultTariff, includedMinutes: 1, freeReturnMinutes: 0, graceMinutes: 0 },
};

const SLOTS = 8;

/** Codes are easy to type; each station has healthy banks, one that is low, free slots, and something broken. */
export const stationPlans: readonly StationPlan[] = [
  {
    code: "1001",
    name: "Mlimani City",
    address: "Sam Nujoma Road, Ubungo",
    latitude: -6.7722,
    longitude: 39.2192,
    slotCount: SLOTS,
    slots: [
      { slot: 1, powerBankId: "CP-0101", chargePercent: 96 },
      { slot: 2, powerBankId: "CP-0102", chargePercent: 88 },
      { slot: 3, powerBankId: "CP-0103", chargePercent: 74 },
      { slot: 4 },
      { slot: 5, powerBankId: "CP-0105", chargePercent: 41 },
      { slot: 6, powerBankId: "CP-0106", chargePercent: 91 },
      { slot: 7 },
      { slot: 8, powerBankId: "CP-0108", chargePercent: 63, state: "charging_fault" },
    ],
  },
  {
    code: "1002",
    name: "Kariakoo Market",
    address: "Swahili Street, Kariakoo",
    latitude: -6.8199,
    longitude: 39.2757,
    slotCount: SLOTS,
    slots: [
      { slot: 1, powerBankId: "CP-0201", chargePercent: 100 },
      { slot: 2 },
      { slot: 3, powerBankId: "CP-0203", chargePercent: 83 },
      { slot: 4, powerBankId: "CP-0204", chargePercent: 22 },
      { slot: 5 },
      { slot: 6, powerBankId: "CP-0206", chargePercent: 67 },
      { slot: 7 },
      { slot: 8, fault: "solenoid" },
    ],
  },
  {
    code: "1003",
    name: "Askari Monument",
    address: "Samora Avenue, Posta",
    latitude: -6.8163,
    longitude: 39.2894,
    slotCount: SLOTS,
    slots: [
      { slot: 1 },
      { slot: 2, powerBankId: "CP-0302", chargePercent: 79 },
      { slot: 3 },
      { slot: 4, powerBankId: "CP-0304", chargePercent: 94 },
      { slot: 5, powerBankId: "CP-0305", chargePercent: 86, state: "stuck" },
      { slot: 6 },
      { slot: 7, powerBankId: "CP-0307", chargePercent: 35 },
      { slot: 8 },
    ],
  },
  {
    code: "1004",
    name: "Coco Beach",
    address: "Toure Drive, Oysterbay; one minute included",
    latitude: -6.7649,
    longitude: 39.2803,
    slotCount: 4,
    slots: [
      { slot: 1, powerBankId: "CP-0401", chargePercent: 97 },
      { slot: 2, powerBankId: "CP-0402", chargePercent: 90 },
      { slot: 3 },
      { slot: 4 },
    ],
    tariff: "short",
  },
  {
    code: "1005",
    name: "Ubungo Terminal",
    address: "Morogoro Road, Ubungo",
    latitude: -6.7897,
    longitude: 39.2089,
    slotCount: 6,
    vendor: { driver: "chargenow", vendorId: "BJD60151" },
    slots: [
      { slot: 1, powerBankId: "50100001", chargePercent: 93 },
      { slot: 2, powerBankId: "50100002", chargePercent: 81 },
      { slot: 3, powerBankId: "50100003", chargePercent: 47 },
      { slot: 4 },
      { slot: 5 },
      { slot: 6 },
    ],
  },
  {
    code: "1006",
    name: "Kivukoni Ferry",
    address: "Kivukoni Road, Magogoni",
    latitude: -6.8204,
    longitude: 39.2986,
    slotCount: 6,
    vendor: { driver: "volinks", vendorId: "860602069165357" },
    // By serial number: these cabinets know nothing else.
    slots: [
      { slot: 1 },
      { slot: 2, powerBankId: "60100001", chargePercent: 98 },
      { slot: 3, powerBankId: "60100002", chargePercent: 77 },
      { slot: 4 },
      { slot: 5 },
      { slot: 6 },
    ],
  },
];

/** Of the stations that speak to us themselves. */
export const keyedCodes: string[] = stationPlans.filter(({ vendor }) => !vendor).map(({ code }) => code);

export interface SeededStation {
  id: Id<"stn">;
  plan: StationPlan;
  /** None where a vendor is between. */
  key: Ed25519Key | null;
}

/** Writes what is missing as the owner. Keys by station code. Answers the stations as they are in the database. */
export const seedDatabase = (ownerUrl: string, keys: Record<string, Ed25519Key>): Promise<SeededStation[]> =>
  withClient(ownerUrl, async (client) => {
    const nowMs = systemClock.now();
    const ids = createIds({ now: () => nowMs });
    const now = new Date(nowMs).toISOString();
    await client.query("begin");
    const stations: SeededStation[] = [];
    for (const plan of stationPlans) {
      const key = plan.vendor ? null : keys[plan.code];
      if (key === undefined) throw new Error(`station ${plan.code} has no key`);
      const tariffId = await seedTariff(client, plan.tariff ?? "default", ids.next("trf"), now);
      const id = await seedStation(client, plan, { id: ids.next("stn"), tariffId, now });
      if (key) await seedKey(client, id, key, now);
      await seedBanks(client, id, plan, now);
      stations.push({ id, plan, key });
    }
    await client.query("commit");
    return stations;
  });

/** The tariff's newest version; terms that changed in the code become a new one, for rentals that begin from now on. */
const seedTariff = async (client: Client, name: keyof typeof TARIFFS, newId: string, now: string): Promise<string> => {
  const terms = JSON.stringify(TariffTerms.parse(TARIFFS[name]));
  const { rows } = await client.query<{ id: string; isSame: boolean; version: number }>(
    `select id, version, terms = $2::jsonb as "isSame" from tariffs where name = $1 order by version desc limit 1`,
    [name, terms],
  );
  const newest = rows[0];
  if (newest?.isSame) return newest.id;
  await client.query("insert into tariffs (id, name, version, terms, created_at) values ($1, $2, $3, $4, $5)", [
    newId,
    name,
    (newest?.version ?? 0) + 1,
    terms,
    now,
  ]);
  return newId;
};

const seedStation = async (
  client: Client,
  plan: StationPlan,
  { id, tariffId, now }: { id: Id<"stn">; tariffId: string; now: string },
): Promise<Id<"stn">> => {
  const { code, name, address, latitude, longitude, slotCount, vendor } = plan;
  // The version grows with each start: an object whose disk was thrown away has to be told again.
  const { rows } = await client.query<{ id: Id<"stn"> }>(
    `insert into stations (id, code, name, address, latitude, longitude, tariff_id, slot_count, driver, vendor_id, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (code) do update set name = excluded.name, address = excluded.address, latitude = excluded.latitude,
       longitude = excluded.longitude, tariff_id = excluded.tariff_id, config_version = stations.config_version + 1
     returning id`,
    [
      id,
      code,
      name,
      address,
      latitude,
      longitude,
      tariffId,
      slotCount,
      vendor?.driver ?? "protocol1",
      vendor?.vendorId ?? null,
      now,
    ],
  );
  return rows[0]!.id;
};

const seedKey = async (client: Client, stationId: string, key: Ed25519Key, now: string): Promise<void> => {
  await client.query("update station_keys set is_retired = true where station_id = $1 and key_id <> $2", [
    stationId,
    key.kid,
  ]);
  await client.query(
    `insert into station_keys (station_id, key_id, public_x, created_at) values ($1, $2, $3, $4)
     on conflict (station_id, key_id) do update set is_retired = false`,
    [stationId, key.kid, key.x, now],
  );
};

const seedBanks = async (client: Client, stationId: string, { slots }: StationPlan, now: string): Promise<void> => {
  for (const { slot, powerBankId } of slots) {
    if (powerBankId === undefined) continue;
    await client.query(
      "insert into power_banks (id, place, station_id, slot, updated_at) values ($1, 'slot', $2, $3, $4) on conflict (id) do nothing",
      [powerBankId, stationId, slot, now],
    );
  }
};
