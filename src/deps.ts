// The only reader of env. Builds once per isolate what every verb is handed.
import type { Redis } from "@upstash/redis/cloudflare";
import { Redis as UpstashRedis } from "@upstash/redis/cloudflare";
import { createHeadKeys, type HeadKeys } from "./audit/head-keys.ts";
import { createTokens, type Tokens } from "./auth/tokens.ts";
import { Config } from "./config.ts";
import { createDatabase, type Database } from "./db/client.ts";
import { SECOND_MS, systemClock, type Clock } from "./lib/clock.ts";
import { createCipher, createKeyedHash, type Cipher, type KeyedHash } from "./lib/crypto.ts";
import { createIds, type Ids } from "./lib/ids.ts";
import { createLog, type Log } from "./lib/log.ts";
import type { EdgeStore } from "./lib/recall.ts";
import { createAzamPay } from "./providers/azampay.ts";
import { createAuthorized } from "./providers/azampay-authorized.ts";
import { createAzamPayDisbursement } from "./providers/azampay-disbursement.ts";
import { createEdgeStore } from "./providers/edge-store.ts";
import { createChargeNow } from "./providers/chargenow.ts";
import { createFiscalAuthority, readFiscalSettings } from "./providers/fiscal.ts";
import type { ChargeNow, PaymentProvider, PayoutProvider, SmsSender, Volinks } from "./providers/ports.ts";
import { createSms } from "./providers/sms.ts";
import { createVolinks } from "./providers/volinks.ts";
import { createFiscalDevicePort } from "./receipts/device-port.ts";
import type { Fiscal } from "./receipts/port.ts";
import type { StationPort, StationWire } from "./stations/port.ts";
import { createStationPort } from "./stations/station-port.ts";

export interface Dependencies {
  config: Config;
  clock: Clock;
  ids: Ids;
  log: Log;
  db: Database;
  redis: Redis;
  /** Seals personal data at rest. */
  cipher: Cipher;
  /** Looks people up by phone number without storing it. */
  phoneHash: KeyedHash;
  otpHash: KeyedHash;
  tokens: Tokens;
  /** Signs the audit chain's daily heads. */
  auditKeys: HeadKeys;
  payments: PaymentProvider;
  payouts: PayoutProvider;
  sms: SmsSender;
  stations: StationPort;
  /** Vendors of cabinets; null while one is not configured. */
  vendors: { chargenow: ChargeNow | null; volinks: Volinks | null };
  /** Requests of stations and listeners, on their way to the objects. */
  stationWire: StationWire;
  /** Null: no fiscal device is configured, receipts are numbered in the database. */
  fiscal: Fiscal | null;
  /** What the edge keeps of public answers. */
  edge: EdgeStore;
  /** Work that may finish after the answer. What must not be lost has an outbox row as well. */
  defer(work: Promise<unknown>): void;
}

type Lasting = Omit<Dependencies, "defer">;

/** Throws a ZodError that names the settings that are missing or malformed. */
const createLasting = (env: Env): Lasting => {
  const config = Config.parse(env);
  const clock = systemClock;
  const log = createLog((line) => console.log(line), { environment: config.ENVIRONMENT });
  const redis = new UpstashRedis({
    url: config.UPSTASH_REDIS_REST_URL,
    token: config.UPSTASH_REDIS_REST_TOKEN,
    enableAutoPipelining: false,
    enableTelemetry: false,
    // The client's own 5 repeats take 4 s, in which a renter has given up; scripts answer a repeat alike.
    retry: { retries: 2, backoff: (attempt) => 50 * 2 ** attempt },
    signal: () => AbortSignal.timeout(2_000),
  });
  const cipher = createCipher(config.DATA_KEYS);
  const azampay = {
    config,
    clock,
    redis,
    cipher,
    log,
    fetch: (input: string, init?: RequestInit) => fetch(input, init),
  };
  const authorized = createAuthorized({ ...azampay, timeoutMs: 8 * SECOND_MS });
  const stations = createStationPort(env.STATIONS);
  return {
    config,
    clock,
    ids: createIds(clock),
    log,
    db: createDatabase(config.DATABASE_URL, config.NEON_HTTP_URL),
    redis,
    cipher,
    phoneHash: createKeyedHash(config.LOOKUP_KEY),
    otpHash: createKeyedHash(config.OTP_KEY),
    tokens: createTokens(config, clock),
    auditKeys: createHeadKeys(config.AUDIT_KEYS),
    payments: createAzamPay({ ...azampay, authorized }),
    payouts: createAzamPayDisbursement({ config, clock, authorized }),
    sms: createSms({ config, clock, log, fetch: (input, init) => fetch(input, init) }),
    stations,
    vendors: {
      chargenow: createChargeNow({ config, fetch: (input, init) => fetch(input, init) }),
      volinks: createVolinks({ config, fetch: (input, init) => fetch(input, init) }),
    },
    stationWire: stations,
    fiscal: createFiscal(env, config),
    edge: createEdgeStore(() => caches.default, config.PUBLIC_BASE_URL),
  };
};

const createFiscal = (env: Env, config: Config): Fiscal | null => {
  const settings = readFiscalSettings(config);
  if (!settings) return null;
  return {
    device: createFiscalDevicePort(env.FISCAL_DEVICES, settings.certKey),
    authority: createFiscalAuthority(settings, (input, init) => fetch(input, init)),
    taxCodes: settings.taxCodes,
  };
};

const lasting = new WeakMap<Env, Lasting>();

/** What verbs are handed: built once per isolate, but for `defer`, which belongs to the request. */
export const dependenciesOf = (env: Env, context: Pick<ExecutionContext, "waitUntil">): Dependencies => {
  let built = lasting.get(env);
  if (!built) lasting.set(env, (built = createLasting(env)));
  return { ...built, defer: (work) => context.waitUntil(work) };
};
