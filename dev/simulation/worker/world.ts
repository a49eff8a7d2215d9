// The town of one run: stations with their hardware, people with their handsets, and the Worker between them. Made by the
// seed; everything in it is small, so that the same people, banks and payments meet each other again and again.
import { createTokens, type Tokens } from "../../../src/auth/tokens.ts";
import { Config } from "../../../src/config.ts";
import { createCipher } from "../../../src/lib/crypto.ts";
import { createIds, type Id, type Ids } from "../../../src/lib/ids.ts";
import { defaultTariff, TariffTerms } from "../../../src/pricing/tariff.ts";
import { normalisePhone, sealPhone } from "../../../src/users/phone.ts";
import type { ServerFrame } from "../../../durable-objects/protocol.ts";
import { StationModel } from "../../simulators/station-model.ts";
import type { Random } from "../random.ts";
import type { SimulatedDatabase } from "./database.ts";
import type { VirtualTime } from "./time.ts";

export interface StationActor {
  id: Id<"stn">;
  code: string;
  name: string;
  model: StationModel;
  key: { keyId: string; pair: CryptoKeyPair };
  isConnected: boolean;
  isBusy: boolean;
  /** Commands that its modem has and its controller does not, yet. */
  delayed: ServerFrame[];
  /** It is never heard of again. */
  isLost: boolean;
}

export interface Renter {
  id: Id<"usr">;
  name: string;
  msisdn: string;
  /** What was asked last, to be asked again under the same key. */
  last: { path: string; body: unknown; key: string } | null;
  /** As far as the app knows. */
  rentalId: string | null;
  requests: number;
}

export interface World {
  ids: Ids;
  tokens: Tokens;
  stations: StationActor[];
  renters: Renter[];
  /** Of finance. */
  staff: Id<"usr">[];
  technician: Technician;
  /** Banks in people's hands. */
  hands: string[];
}

export interface Technician {
  id: Id<"usr">;
  requests: number;
  /** Ordered out of their slots, and not yet there. */
  awaits: Set<string>;
  /** In hand, and not yet written down. */
  holds: string[];
}

/** Of the station's n-th boot. */
const bootName = (station: number, boot: number): string => `s${station}-${boot}`;
/** Which boot of its station. */
export const bootNumber = (bootId: string): number => Number(bootId.split("-")[1]);

const STATIONS = 4;
const SLOTS = 6;
const BANKS_EACH = 4;
const RENTERS = 16;

export interface WorldInput {
  env: Record<string, unknown>;
  database: SimulatedDatabase;
  random: Random;
  time: VirtualTime;
  /** A bank left a slot. */
  onBankOut(bank: string, stationId: string, commandId: string | null): void;
}

export const makeWorld = async ({ env, database, random, time, onBankOut }: WorldInput): Promise<World> => {
  const config = Config.parse(env);
  const ids = createIds(time);
  const now = new Date(time.now()).toISOString();
  const tariffId = ids.next("trf");
  const terms = TariffTerms.parse(defaultTariff);
  await database.query(
    "insert into tariffs (id, name, version, terms, created_at) values ($1, 'simulated', 1, $2, $3)",
    [tariffId, JSON.stringify(terms), now],
  );
  const hands: string[] = [];
  const technician: Technician = { id: ids.next("usr"), requests: 0, awaits: new Set(), holds: [] };
  const stations: StationActor[] = [];
  for (let n = 1; n <= STATIONS; n++)
    stations.push(await makeStation({ database, random, time, ids, now, tariffId, hands, technician, onBankOut }, n));
  const cipher = createCipher(config.DATA_KEYS);
  const renters: Renter[] = [];
  for (let n = 1; n <= RENTERS; n++) {
    const id = ids.next("usr");
    const msisdn = normalisePhone(`07549${String(n).padStart(3, "0")}50`)!;
    await database.query(
      `insert into users (id, phone_hash, phone_sealed, name, locale, state, created_at, updated_at, activated_at)
       values ($1, $2, $3, 'Asha', 'sw', 'active', $4, $4, $4)`,
      [id, ids.secret(26), await sealPhone(cipher, id, msisdn), now],
    );
    renters.push({ id, name: `renter${n}`, msisdn, last: null, rentalId: null, requests: 0 });
  }
  const staff = [ids.next("usr"), ids.next("usr")];
  for (const [id, role] of [...staff.map((person) => [person, "finance"]), [technician.id, "admin"]]) {
    await database.query(
      `insert into users (id, phone_hash, phone_sealed, name, locale, state, role, created_at, updated_at, activated_at)
       values ($1, $2, 'sealed', 'Neema', 'en', 'active', $4, $3, $3, $3)`,
      [id, ids.secret(26), now, role],
    );
  }
  return { ids, tokens: createTokens(config, time), stations, renters, staff, technician, hands };
};

interface StationInput {
  database: SimulatedDatabase;
  random: Random;
  time: VirtualTime;
  ids: Ids;
  now: string;
  tariffId: string;
  hands: string[];
  technician: Technician;
  onBankOut: WorldInput["onBankOut"];
}

const makeStation = async (input: StationInput, n: number): Promise<StationActor> => {
  const { database, random, time, ids, now, tariffId, hands, technician, onBankOut } = input;
  const id = ids.next("stn");
  const code = String(100_000 + n);
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const { x } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as { x: string };
  const banks = Array.from({ length: BANKS_EACH }, (_, i) => `CP-${n}${i + 1}`);
  await database.query(
    `insert into stations (id, code, name, address, latitude, longitude, tariff_id, slot_count, created_at)
     values ($1, $2, 'Kariakoo', 'Msimbazi St', -6.82, 39.27, $3, $4, $5)`,
    [id, code, tariffId, SLOTS, now],
  );
  await database.query(
    "insert into station_keys (station_id, key_id, public_x, created_at) values ($1, 'k1', $2, $3)",
    [id, x, now],
  );
  await database.query(
    "insert into power_banks (id, place, updated_at) select bank, 'depot', $2 from unnest($1::text[]) as bank",
    [banks, now],
  );
  let boots = 0;
  const model = new StationModel({
    slots: Array.from({ length: SLOTS }, (_, i) => ({
      slot: i + 1,
      ...(banks[i] === undefined ? {} : { powerBankId: banks[i], chargePercent: random.between(60, 100) }),
    })),
    now: () => time.now(),
    nextBootId: () => bootName(n, ++boots),
    onBankOut(bank, _slot, commandId) {
      const isTechnicians = commandId === null && technician.awaits.delete(bank);
      (isTechnicians ? technician.holds : hands).push(bank);
      onBankOut(bank, id, commandId);
    },
  });
  return {
    id,
    code,
    name: `station${n}`,
    model,
    key: { keyId: "k1", pair },
    isConnected: false,
    isBusy: false,
    delayed: [],
    isLost: false,
  };
};
