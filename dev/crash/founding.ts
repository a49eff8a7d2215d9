// Rows and hardware that a case begins with, written as the owner of the tables.
import { systemClock } from "../../src/lib/clock.ts";
import { createIds, type Id } from "../../src/lib/ids.ts";
import { defaultTariff, TariffTerms } from "../../src/pricing/tariff.ts";
import { normalisePhone, sealPhone } from "../../src/users/phone.ts";
import { drawKey } from "../local-env.ts";
import type { SlotSeed } from "../simulators/station-cabinet.ts";
import { StationLink } from "../simulators/station-link.ts";
import { GatedStation } from "./gated-station.ts";
import type { Town } from "./town.ts";

export const DEPOSIT_TZS = 5_000;
/** Of every rental here that ends with a return: no free minutes, and nobody waits four hours. */
export const FEE_TZS = 1_000;
const SLOTS = 8;

const ids = createIds(systemClock);
let people = 0;

export interface SceneStation {
  id: Id<"stn">;
  code: string;
  model: GatedStation;
  link: StationLink;
  banks: string[];
}

export const insertTariff = async ({ pool }: Town): Promise<string> => {
  const id = ids.next("trf");
  const terms = TariffTerms.parse({
    ...defaultTariff,
    depositTzs: DEPOSIT_TZS,
    baseFeeTzs: FEE_TZS,
    freeReturnMinutes: 0,
    freeReturnsPerDay: 0,
  });
  await pool.query("insert into tariffs (id, name, version, terms, created_at) values ($1, $1, 1, $2, now())", [
    id,
    JSON.stringify(terms),
  ]);
  return id;
};

export const createStation = async (
  { pool, workerd }: Town,
  tariffId: string,
  charges: number[],
  banksOut: string[],
): Promise<SceneStation> => {
  const id = ids.next("stn");
  const key = await drawKey("crash-1");
  const code = String(100_000 + (crypto.getRandomValues(new Uint32Array(1))[0]! % 900_000));
  const slots: SlotSeed[] = Array.from({ length: SLOTS }, (_, i) => ({
    slot: i + 1,
    ...(charges[i] === undefined ? {} : { powerBankId: `CP-${ids.secret(10)}`, chargePercent: charges[i] }),
  }));
  const banks = slots.flatMap(({ powerBankId }) => powerBankId ?? []);
  await pool.query(
    `insert into stations (id, code, name, address, latitude, longitude, tariff_id, slot_count, created_at)
     values ($1, $2, 'Kariakoo', 'Msimbazi St', -6.82, 39.27, $3, $4, now())`,
    [id, code, tariffId, SLOTS],
  );
  await pool.query("insert into station_keys (station_id, key_id, public_x, created_at) values ($1, $2, $3, now())", [
    id,
    key.kid,
    key.x,
  ]);
  await pool.query(
    "insert into power_banks (id, place, updated_at) select bank, 'depot', now() from unnest($1::text[]) as bank",
    [banks],
  );
  const model = new GatedStation({
    slots,
    ejectMs: 0,
    now: () => Date.now(),
    nextBootId: () => `b${crypto.randomUUID().slice(0, 8)}`,
    onBankOut: (bank) => void banksOut.push(bank),
  });
  const link = new StationLink({
    baseUrl: workerd.url,
    stationId: id,
    keyId: key.kid,
    privateJwk: key,
    transport: "websocket",
    model,
    say() {},
  });
  return { id, code, model, link, banks };
};

export const createRenter = async ({ pool, cipher, tokens }: Town, walletTzs: number) => {
  const userId = ids.next("usr");
  // Numbers that end in 50 are handsets somebody holds; see the simulator.
  const msisdn = normalisePhone(`0754${String(++people).padStart(4, "0")}50`)!;
  await pool.query(
    `insert into users (id, phone_hash, phone_sealed, name, locale, state, created_at, updated_at, activated_at)
     values ($1, $2, $3, 'Asha', 'sw', 'active', now(), now(), now())`,
    [userId, ids.secret(26), await sealPhone(cipher, userId, msisdn)],
  );
  if (walletTzs > 0) {
    await pool.query(
      `select ledger_post($1, 'test_funding', now(), now(), array['azampay_clearing', 'user_wallet:' || $2], array[$3::bigint, -$3::bigint])`,
      [`test:${userId}`, userId, walletTzs],
    );
  }
  return {
    userId,
    msisdn: msisdn as string,
    token: await tokens.sign({ userId, sessionId: ids.next("ses"), role: "renter" }),
  };
};

/** A projection that is newer than any the object will send. */
export const pretendStock = ({ pool }: Town, stationId: string) =>
  pool.query(
    `insert into station_projections (station_id, free_banks, free_slots, is_online, seen_at, version) values ($1, 1, 7, true, now(), 1000000)
     on conflict (station_id) do update set free_banks = 1, version = excluded.version`,
    [stationId],
  );
