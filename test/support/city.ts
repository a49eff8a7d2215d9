// A city in miniature inside workerd: the real Worker with its objects, Postgres and Redis, AzamPay and Beem by their
// simulators, stations by the station simulator's model over their own sockets. Callbacks are fetched from the simulator and
// posted here, because nothing outside can call a Worker under test.
import { env, exports } from "cloudflare:workers";
import { exportJWK, generateKeyPair } from "jose";
import type { SlotSeed } from "../../dev/simulators/station-cabinet.ts";
import { createTokens } from "../../src/auth/tokens.ts";
import { Config } from "../../src/config.ts";
import { dependenciesOf } from "../../src/deps.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { Role } from "../../src/lib/actor.ts";
import type { Id } from "../../src/lib/ids.ts";
import { pushConfig } from "../../src/stations/service.ts";
import { sql, startSimulator } from "./control.ts";
import { createBank, createStation, ids, type TestStation } from "./factories.ts";
import { type Open, StationClient } from "./station-client.ts";
import { CALLBACK_SECRET, DISBURSEMENT_SECRET } from "./test-env.ts";

export const workerFetch = (request: Request): Promise<Response> => exports.default.fetch(request);

/** Points this file's Worker at simulators of its own. Call once, before its first request. */
export const startProviders = async (azampay: Record<string, unknown> = {}) => {
  const { AZAMPAY_APP_NAME: appName, AZAMPAY_CLIENT_ID: clientId, AZAMPAY_CLIENT_SECRET: clientSecret } = env;
  const credentials = {
    appName,
    clientId,
    clientSecret,
    apiKey: env.AZAMPAY_API_KEY,
    callbackPassword: env.AZAMPAY_CALLBACK_PASSWORD,
  };
  const pay = await startSimulator("azampay", { ...credentials, mode: "auto", callbackDelayMs: 0, ...azampay });
  const sms = await startSimulator("beem", { apiKey: env.BEEM_API_KEY, secretKey: env.BEEM_SECRET_KEY });
  const read = async <T>(url: string): Promise<T> => (await fetch(url)).json();
  const { pem } = await read<{ pem: string }>(`${pay.url}/control/checksum-key`);
  const { sourceAccount } = await read<{ sourceAccount: string }>(`${pay.url}/control/settings`);
  Object.assign(env, {
    AZAMPAY_AUTH_URL: pay.url,
    AZAMPAY_CHECKOUT_URL: pay.url,
    AZAMPAY_DISBURSEMENT_URL: pay.url,
    AZAMPAY_CHECKSUM_KEY_PEM: pem,
    AZAMPAY_SOURCE_ACCOUNT: sourceAccount,
    BEEM_URL: sms.url,
  });
  return {
    azampayUrl: pay.url,
    smsUrl: sms.url,
    /** Bodies of the callbacks for this checkout, once there are `min`. */
    callbacks: async (externalId: string, min = 1): Promise<string[]> =>
      (
        await read<{ body: string }[]>(`${pay.url}/control/callbacks?externalId=${externalId}&min=${min}&waitMs=5000`)
      ).map(({ body }) => body),
    /** All callbacks of a rental's payment, posted in their order. */
    async deliver(rentalId: string, min = 1): Promise<Response[]> {
      const [payment] = await sql<{ external_id: string }>("select external_id from payments where rental_id = $1", [
        rentalId,
      ]);
      const answers: Response[] = [];
      for (const body of await this.callbacks(payment!.external_id, min)) answers.push(await postCallback(body));
      return answers;
    },
    messages: (msisdn: string, min = 1) =>
      read<{ text: string; reference: string }[]>(`${sms.url}/control/messages?to=${msisdn}&min=${min}&waitMs=5000`),
  };
};

export type Providers = Awaited<ReturnType<typeof startProviders>>;

export const postDisbursementCallback = (body: string, secret = DISBURSEMENT_SECRET): Promise<Response> =>
  workerFetch(
    new Request(`http://chajipoa.test/api/v1/withdrawals/callback/${secret}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    }),
  );

export const postCallback = (body: string, secret = CALLBACK_SECRET): Promise<Response> =>
  workerFetch(
    new Request(`http://chajipoa.test/api/v1/payments/callback/${secret}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    }),
  );

export interface CityStation extends TestStation {
  client: StationClient;
  banks: string[];
}

/** A station in the database, its object configured, its hardware connected, `charges` in its first slots. */
export const openStation = async (
  charges: number[],
  options: { slotCount?: number; connect?: boolean; open?: Open; now?: () => number } = {},
): Promise<CityStation> => {
  const slotCount = options.slotCount ?? 8;
  const station = await createStation({ slotCount });
  const pair = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const { x } = await exportJWK(pair.publicKey);
  await sql("insert into station_keys (station_id, key_id, public_x, created_at) values ($1, 'k1', $2, now())", [
    station.id,
    x,
  ]);
  await pushConfig(testDeps(), station.id);
  const banks = await Promise.all(charges.map(() => createBank()));
  const slots: SlotSeed[] = Array.from({ length: slotCount }, (_, i) =>
    i < charges.length ? { slot: i + 1, powerBankId: banks[i]!, chargePercent: charges[i]! } : { slot: i + 1 },
  );
  const client = new StationClient({
    stationId: station.id,
    keyId: "k1",
    privateJwk: await exportJWK(pair.privateKey),
    open: options.open ?? workerFetch,
    now: options.now ?? (() => Date.now()),
    model: { slots, ejectMs: 0 },
  });
  if (options.connect !== false) await client.connect();
  return { ...station, client, banks };
};

export const testDeps = () => dependenciesOf(env, { waitUntil: () => {} });

export interface Renter {
  userId: Id<"usr">;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** An active user with a token, without the way through the OTP. */
export const signIn = async (userId: Id<"usr">, open: Open = workerFetch, role: Role = "renter"): Promise<Renter> => {
  const token = await createTokens(Config.parse(env), systemClock).sign({
    userId,
    sessionId: ids.next("ses"),
    role,
  });
  return { userId, call: callWith(token, open) };
};

export const callWith =
  (token: string | null, open: Open = workerFetch): Renter["call"] =>
  (method, path, body, headers = {}) =>
    open(
      new Request(`http://chajipoa.test/api/v1${path}`, {
        method,
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );

/** Asks again until it is so: for facts that a socket, an outbox or a deferred job brings about. */
export const eventually = async <T>(
  read: () => Promise<T>,
  isSo: (value: T) => boolean,
  withinMs = 8_000,
): Promise<T> => {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (isSo(value)) return value;
    if (Date.now() > untilMs) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((done) => setTimeout(done, 20));
  }
};
