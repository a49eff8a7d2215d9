// A merchant application of its own for each test: nobody else's requests use up its armed faults or its counters.
import { Redis } from "@upstash/redis/cloudflare";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { Config } from "../../src/config.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { createCipher } from "../../src/lib/crypto.ts";
import { createLog } from "../../src/lib/log.ts";
import { createAzamPay, type AzamPayOptions } from "../../src/providers/azampay.ts";
import { createAuthorized } from "../../src/providers/azampay-authorized.ts";
import { createAzamPayDisbursement, type DisbursementOptions } from "../../src/providers/azampay-disbursement.ts";
import type { PaymentProvider, PayoutProvider, ProviderCallback } from "../../src/providers/ports.ts";
import { startSimulator } from "../support/control.ts";

export interface TestClock extends Clock {
  advance(byMs: number): void;
}

export const createTestClock = (startMs = Date.now()): TestClock => {
  let nowMs = startMs;
  return { now: () => nowMs, advance: (byMs) => void (nowMs += byMs) };
};

export interface CallbackView {
  body: string;
  state: string;
}

export interface TestApp {
  url: string;
  clock: TestClock;
  /** Lines the client has logged. */
  lines: string[];
  /** Bodies the client has sent to the checkout, in order. */
  sent: string[];
  client: PaymentProvider;
  /** Another isolate of the same Worker: no memory of its own, the same Redis. */
  createClient(change?: Partial<Config>, options?: Partial<AzamPayOptions>): PaymentProvider;
  /** Of the disbursement service, with the key that this application encrypts its checksums to. */
  createPayouts(change?: Partial<Config>, options?: Partial<DisbursementOptions>): Promise<PayoutProvider>;
  arm(script: Record<string, unknown>): Promise<void>;
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
  counters(): Promise<Record<string, number>>;
  /** The callbacks made for a payment, in order, once there are `min`. */
  callbacks(externalId: string, min?: number): Promise<CallbackView[]>;
  /** Pays and reads the callbacks that follow. */
  pay(suffix: string, min?: number): Promise<ProviderCallback[]>;
}

let simulator: Promise<{ url: string }> | null = null;
let apps = 0;

export const createApp = async (
  settings: Record<string, unknown> = {},
  change: Partial<Config> = {},
  options: Partial<AzamPayOptions> = {},
): Promise<TestApp> => {
  const { url } = await (simulator ??= startSimulator("azampay", {}));
  const clientId = `app-${++apps}-${crypto.randomUUID()}`;
  const root = `${url}/control`;
  const control = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${path === "/apps" ? root : `${root}/apps/${clientId}`}${path}`, { method, ...init });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const app = { clientId, clientSecret: "its-secret", apiKey: "its-api-key", callbackPassword: "its-password" };
  await control("POST", "/apps", { callbackDelayMs: 0, ...app, ...settings });

  const config: Config = {
    ...Config.parse(env),
    AZAMPAY_AUTH_URL: url,
    AZAMPAY_CHECKOUT_URL: url,
    AZAMPAY_CLIENT_ID: clientId,
    AZAMPAY_CLIENT_SECRET: app.clientSecret,
    AZAMPAY_API_KEY: app.apiKey,
    AZAMPAY_CALLBACK_PASSWORD: null,
    AZAMPAY_CALLBACK_SIGNATURE: "if-present",
    AZAMPAY_PUBLIC_KEY_URL: null,
    AZAMPAY_PUBLIC_KEY_PEM: null,
    ...change,
  };
  const clock = createTestClock();
  const lines: string[] = [];
  const sent: string[] = [];
  const createClient = (more: Partial<Config> = {}, given: Partial<AzamPayOptions> = {}) =>
    createAzamPay({
      config: { ...config, ...more },
      clock,
      redis: createRedis(),
      cipher: createCipher(config.DATA_KEYS),
      log: createLog((line) => lines.push(line)),
      fetch: (input, init) => {
        if (input.endsWith("/mno/checkout")) sent.push(typeof init?.body === "string" ? init.body : "");
        return fetch(input, init);
      },
      ...options,
      ...given,
    });
  const client = createClient();
  const createPayouts = async (more: Partial<Config> = {}, given: Partial<DisbursementOptions> = {}) => {
    const { pem } = await control<{ pem: string }>("GET", "/checksum-key");
    const { sourceAccount } = await control<{ sourceAccount: string }>("GET", "/settings");
    const own = {
      ...config,
      AZAMPAY_DISBURSEMENT_URL: url,
      AZAMPAY_CHECKSUM_KEY_PEM: pem,
      AZAMPAY_SOURCE_ACCOUNT: sourceAccount,
      ...more,
    };
    const cipher = createCipher(config.DATA_KEYS);
    const send: AzamPayOptions["fetch"] = (input, init) => {
      if (input.includes("/api/v1/azampay/")) sent.push(typeof init?.body === "string" ? init.body : "");
      return fetch(input, init);
    };
    const authorized = createAuthorized({
      config: own,
      clock,
      redis: createRedis(),
      cipher,
      fetch: send,
      timeoutMs: 8_000,
    });
    return createAzamPayDisbursement({ config: own, clock, authorized, ...given });
  };
  const callbacks = (externalId: string, min = 1) =>
    control<CallbackView[]>("GET", `/callbacks?externalId=${externalId}&min=${min}&waitMs=5000`);
  return {
    url,
    clock,
    lines,
    sent,
    client,
    createClient,
    createPayouts,
    control,
    callbacks,
    arm: (script) => control("POST", "/arm", script),
    counters: () => control("GET", "/counters"),
    async pay(suffix, min = 1) {
      const externalId = nextExternalId();
      await client.checkout(payment({ externalId, msisdn: `2557541234${suffix}` }));
      const made = await callbacks(externalId, min);
      return made.map(({ body }) => client.parseCallback(body)!);
    },
  };
};

/** The stack's Redis under this test file's token. */
export const createRedis = (change: { url?: string } = {}) =>
  new Redis({
    url: change.url ?? `http://127.0.0.1:${inject("redisPort")}`,
    token: env.UPSTASH_REDIS_REST_TOKEN,
    enableAutoPipelining: false,
    enableTelemetry: false,
  });

let externalIds = 0;
export const nextExternalId = (): string => `ours${String(++externalIds).padStart(22, "0")}`;

type Payment = Parameters<PaymentProvider["checkout"]>[0];

/** TZS 2000 of a Vodacom number whose handset somebody would have to hold. */
export const payment = (change: Partial<Payment> = {}): Payment => ({
  externalId: nextExternalId(),
  amountTzs: 2_000,
  msisdn: "255754123456",
  provider: "mpesa",
  ...change,
});
