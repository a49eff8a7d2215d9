// One renter and two stations of their own, as the outside sees them: an app that calls the API, a handset, hardware on
// WebSockets that comes back by itself.
import type { Id } from "../../src/lib/ids.ts";
import { createRenter, createStation, insertTariff, pretendStock, type SceneStation } from "./founding.ts";
import type { Town } from "./town.ts";

const PATIENCE_MS = 8_000;

export interface Answer {
  status: number;
  body: { id?: string; code?: string; status?: string };
}

export interface RentalRow {
  id: string;
  status: string;
  reason: string;
  power_bank_id: string | null;
}

export interface Scene {
  town: Town;
  userId: Id<"usr">;
  /** 2557… */
  msisdn: string;
  origin: SceneStation;
  other: SceneStation;
  /** Banks in the order in which they came out, of either station. */
  banksOut: string[];
  /** Null when the connection broke before the answer. The same key each time. */
  start(): Promise<Answer | null>;
  cancel(rentalId: string): Promise<Answer | null>;
  /** Acts on the prompt as soon as there is one. */
  approve(): Promise<void>;
  rentals(): Promise<RentalRow[]>;
  /** The stations are greeted, and the Worker has everything they said. */
  connected(): Promise<void>;
  insert(station: SceneStation, powerBankId: string): void;
  /** It is never heard of again. */
  lose(station: SceneStation): Promise<void>;
  close(): Promise<void>;
}

/** Asks again until it is so. Throws with the last answer after `withinMs`. */
export const eventually = async <T>(
  what: string,
  read: () => T | Promise<T>,
  isSo: (value: T) => boolean,
  withinMs = PATIENCE_MS,
): Promise<T> => {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (isSo(value)) return value;
    if (Date.now() > untilMs) throw new Error(`${what}: still ${JSON.stringify(value)}`);
    await Bun.sleep(15);
  }
};

export interface SceneOptions {
  walletTzs: number;
  /** The origin is empty, and Postgres still believes that it has a bank. */
  isEmpty?: boolean;
}

export const createScene = async (town: Town, options: SceneOptions): Promise<Scene> => {
  const { pool, workerd, azampay } = town;
  const tariffId = await insertTariff(town);
  const banksOut: string[] = [];
  const origin = await createStation(town, tariffId, options.isEmpty ? [] : [90, 80], banksOut);
  const other = await createStation(town, tariffId, [], banksOut);
  const { userId, msisdn, token } = await createRenter(town, options.walletTzs);
  const call = async (path: string, body: unknown, key?: string): Promise<Answer | null> => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      ...(key === undefined ? {} : { "idempotency-key": key }),
    };
    try {
      const response = await fetch(`${workerd.url}/api/v1${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Answer["body"] };
    } catch {
      return null;
    }
  };
  const reachable = new Set([origin, other]);
  const connected = async (): Promise<void> => {
    for (const { link, model } of reachable) {
      link.nudge();
      await eventually(
        "a station's events",
        () => link.isConnected && model.isWelcome && model.unacknowledged === 0,
        Boolean,
      );
    }
  };
  const scene: Scene = {
    town,
    userId,
    msisdn,
    origin,
    other,
    banksOut,
    connected,
    start: () =>
      call(
        "/rentals/start",
        { stationCode: origin.code, payment: { provider: "mpesa", phone: `+${msisdn}` } },
        "the-one-key",
      ),
    cancel: (rentalId) => call(`/rentals/${rentalId}/cancel`, {}),
    async approve() {
      const control = `${azampay.url}/control/prompts`;
      const prompts = (await (
        await fetch(`${control}?msisdn=${msisdn}&state=waiting&waitMs=${PATIENCE_MS}`)
      ).json()) as { transactionId: string }[];
      if (prompts.length !== 1) throw new Error(`${prompts.length} prompts on the handset`);
      await fetch(`${control}/${prompts[0]!.transactionId}`, {
        method: "POST",
        body: JSON.stringify({ action: "approve" }),
      });
    },
    rentals: async () =>
      (
        await pool.query<RentalRow>(
          "select id, status, reason, power_bank_id from rentals where user_id = $1 order by id",
          [userId],
        )
      ).rows,
    insert(station, powerBankId) {
      if (!station.model.insert({ powerBankId })) throw new Error("the station has no free slot");
      station.link.nudge();
    },
    async lose(station) {
      reachable.delete(station);
      await station.link.stop();
    },
    async close() {
      await Promise.all([origin.link.stop(), other.link.stop()]);
    },
  };
  // Keys and settings reach the objects by the minute's round, as after any change.
  await workerd.cron();
  for (const { link } of [origin, other]) link.start();
  await connected();
  if (options.isEmpty) await pretendStock(town, origin.id);
  return scene;
};
