// The fleet's rows: stations with their keys, full of banks, and renters with money, written as the owner of the tables.
import { systemClock } from "../../src/lib/clock.ts";
import { createIds } from "../../src/lib/ids.ts";
import { defaultTariff, TariffTerms } from "../../src/pricing/tariff.ts";
import { normalisePhone, sealPhone } from "../../src/users/phone.ts";
import type { Town } from "../crash/town.ts";
import { drawKey } from "../local-env.ts";
import type { SlotSeed } from "../simulators/station-cabinet.ts";
import { FleetStation } from "./hardware.ts";

/** Of every rental here: no free minutes, and nobody waits four hours. */
export const FEE_TZS = 1_000;
const WALLET_TZS = 1_000_000;
const FIRST_CODE = 100_000;

const ids = createIds(systemClock);

export interface Fleet {
  stations: FleetStation[];
  banks: string[];
  /** Of the renters, one for each rental. */
  tokens: string[];
}

/** Of 8 slots, 5 hold a bank: returns find room and starts find stock. */
const banksOf = (slots: number): number => Math.max(1, Math.ceil(slots * 0.6));

export const foundFleet = async (
  town: Town,
  counts: { stations: number; slots: number; renters: number },
): Promise<Fleet> => {
  const { pool, workerd } = town;
  const tariffId = ids.next("trf");
  const terms = TariffTerms.parse({
    ...defaultTariff,
    baseFeeTzs: FEE_TZS,
    freeReturnMinutes: 0,
    freeReturnsPerDay: 0,
  });
  await pool.query("insert into tariffs (id, name, version, terms, created_at) values ($1, $1, 1, $2, now())", [
    tariffId,
    JSON.stringify(terms),
  ]);
  const stations = await Promise.all(
    Array.from({ length: counts.stations }, async (_, n) => {
      const key = await drawKey("fleet-1");
      const slots: SlotSeed[] = Array.from({ length: counts.slots }, (__, i) =>
        i < banksOf(counts.slots)
          ? { slot: i + 1, powerBankId: `CP-${ids.secret(10)}`, chargePercent: 90 }
          : { slot: i + 1 },
      );
      const code = String(FIRST_CODE + n);
      const named = { stationId: ids.next("stn"), code, keyId: key.kid, privateJwk: key, slots, x: key.x };
      return { ...named, station: new FleetStation({ ...named, baseUrl: workerd.url }) };
    }),
  );
  const banks = stations.flatMap(({ slots }) => slots.flatMap(({ powerBankId }) => powerBankId ?? []));
  const column = (pick: (station: (typeof stations)[number]) => string): string[] => stations.map(pick);
  await pool.query(
    `insert into stations (id, code, name, address, latitude, longitude, tariff_id, slot_count, created_at)
     select id, code, 'Station ' || code, 'Dar es Salaam', -6.8 - random() / 10, 39.2 + random() / 10, $3, $4, now()
     from unnest($1::text[], $2::text[]) as t (id, code)`,
    [column(({ stationId }) => stationId), column(({ code }) => code), tariffId, counts.slots],
  );
  await pool.query(
    "insert into station_keys (station_id, key_id, public_x, created_at) select id, 'fleet-1', x, now() from unnest($1::text[], $2::text[]) as t (id, x)",
    [column(({ stationId }) => stationId), column(({ x }) => x)],
  );
  await pool.query(
    "insert into power_banks (id, place, updated_at) select bank, 'depot', now() from unnest($1::text[]) as bank",
    [banks],
  );
  return { stations: stations.map(({ station }) => station), banks, tokens: await foundRenters(town, counts.renters) };
};

const foundRenters = async ({ pool, cipher, tokens }: Town, count: number): Promise<string[]> => {
  const people = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const userId = ids.next("usr");
      const phone = normalisePhone(`0754${String(n).padStart(6, "0")}`)!;
      const token = await tokens.sign({ userId, sessionId: ids.next("ses"), role: "renter" });
      return { userId, token, sealed: await sealPhone(cipher, userId, phone) };
    }),
  );
  await pool.query(
    `insert into users (id, phone_hash, phone_sealed, name, locale, state, created_at, updated_at, activated_at)
     select id, 'fleet:' || id, sealed, 'Asha', 'sw', 'active', now(), now(), now() from unnest($1::text[], $2::text[]) as t (id, sealed)`,
    [people.map(({ userId }) => userId), people.map(({ sealed }) => sealed)],
  );
  await pool.query(
    `select ledger_post('fleet:' || id, 'test_funding', now(), now(), array['azampay_clearing', 'user_wallet:' || id], array[$2::bigint, -$2::bigint])
     from unnest($1::text[]) as id`,
    [people.map(({ userId }) => userId), WALLET_TZS],
  );
  return people.map(({ token }) => token);
};

/** Keys and settings reach the objects by the minute's round, as after any change. */
export const configureFleet = async ({ pool, workerd }: Town): Promise<void> => {
  for (;;) {
    const { rows } = await pool.query<{ n: number }>(
      "select count(*)::int as n from stations where config_version > confirmed_version",
    );
    if (rows[0]!.n === 0) return;
    await workerd.cron();
  }
};
