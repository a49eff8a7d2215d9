// The HTTP application as tests drive it: real Postgres and Redis through the fronts, a clock that stands still until it
// is told, an SMS sender that keeps what it was given, and the log lines.
import { Redis } from "@upstash/redis/cloudflare";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { createApp } from "../../src/app.ts";
import { createHeadKeys } from "../../src/audit/head-keys.ts";
import { createTokens } from "../../src/auth/tokens.ts";
import { Config } from "../../src/config.ts";
import { createDatabase } from "../../src/db/client.ts";
import type { Dependencies } from "../../src/deps.ts";
import { createCipher, createKeyedHash } from "../../src/lib/crypto.ts";
import { createLog } from "../../src/lib/log.ts";
import { createEdgeStore } from "../../src/providers/edge-store.ts";
import type { SmsResult } from "../../src/providers/ports.ts";
import { parseSmsReport } from "../../src/providers/sms.ts";
import "../support/provided.ts";
import { createOrderedIds } from "../support/ids.ts";

export const createTestClock = (nowMs = Date.now()) => ({
  now: () => nowMs,
  advance(ms: number) {
    nowMs += ms;
  },
});

export const connectRedis = (options: { url?: string; token?: string } = {}): Redis =>
  new Redis({
    url: options.url ?? env.UPSTASH_REDIS_REST_URL,
    token: options.token ?? env.UPSTASH_REDIS_REST_TOKEN,
    enableAutoPipelining: false,
    enableTelemetry: false,
    retry: { retries: 1, backoff: () => 1 },
  });

/** The front over the embedded Redis, with this file's token. */
export const connectEmbeddedRedis = (): Redis =>
  connectRedis({ url: `http://127.0.0.1:${inject("embeddedRedisPort")}` });

let lastPhone = 700_000_000 + Math.floor(Math.random() * 9_000) * 10_000;
/** A number that nobody else in this file has, as typed. */
export const newPhone = (): string => `0${(lastPhone += 1)}`;

export interface Sms {
  msisdn: string;
  text: string;
}

const never = (): never => {
  throw new Error("this test has no such part");
};

export const startApp = (overrides: { settings?: Record<string, string>; deps?: Partial<Dependencies> } = {}) => {
  const config = Config.parse({ ...env, ...overrides.settings });
  const clock = createTestClock();
  const lines: Record<string, unknown>[] = [];
  const rawLines: string[] = [];
  const sms: Sms[] = [];
  const faults: { sms: SmsResult | Error | null } = { sms: null };
  let deferred: Promise<unknown>[] = [];
  const log = createLog((line) => {
    rawLines.push(line);
    lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  const deps: Dependencies = {
    config,
    clock,
    ids: createOrderedIds(clock),
    log,
    db: createDatabase(config.DATABASE_URL, config.NEON_HTTP_URL),
    redis: connectRedis(),
    cipher: createCipher(config.DATA_KEYS),
    phoneHash: createKeyedHash(config.LOOKUP_KEY),
    otpHash: createKeyedHash(config.OTP_KEY),
    tokens: createTokens(config, clock),
    auditKeys: createHeadKeys(config.AUDIT_KEYS),
    payments: {
      checkout: never,
      parseCallback: never,
      authenticateCallback: never,
      bankCheckout: never,
      status: never,
      ping: async () => true,
    },
    payouts: { isConfigured: true, lookUpName: never, disburse: never, status: never, parseCallback: never },
    sms: {
      async send({ msisdn, text }) {
        if (faults.sms instanceof Error) throw faults.sms;
        if (faults.sms) return { ...faults.sms, gateway: "beem" };
        sms.push({ msisdn, text });
        return { status: "accepted", providerReference: `${sms.length}`, gateway: "beem" };
      },
      parseReport: parseSmsReport,
    },
    stations: {
      lease: never,
      release: never,
      dispense: never,
      rentalState: never,
      closed: never,
      renew: never,
      configure: never,
      hear: never,
      command: never,
      commandState: never,
      inspect: never,
      evidence: never,
      seek: never,
      wake: never,
    },
    vendors: { chargenow: null, volinks: null },
    stationWire: { pass: never, listen: never },
    fiscal: null,
    edge: createEdgeStore(() => caches.default, config.PUBLIC_BASE_URL),
    defer: (work) => void deferred.push(work),
    ...overrides.deps,
  };
  const app = createApp(() => deps);
  const context = {
    waitUntil: () => undefined,
    passThroughOnException: () => undefined,
    props: {},
  } as unknown as ExecutionContext;

  const request = async (method: string, path: string, options: RequestOptions = {}) => {
    const { token, json, body, headers } = options;
    const text = json === undefined ? body : JSON.stringify(json);
    const response = await app.fetch(
      new Request(`http://chajipoa.test${path}`, {
        method,
        headers: {
          ...(json === undefined ? {} : { "Content-Type": "application/json" }),
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      }),
      env,
      context,
    );
    return response;
  };

  return {
    app,
    deps,
    clock,
    lines,
    rawLines,
    sms,
    faults,
    request,
    /** Lets what may finish after the answer finish. */
    async settle() {
      while (deferred.length > 0) {
        const work = deferred;
        deferred = [];
        await Promise.all(work);
      }
    },
    /** The status and the body, which is JSON or nothing. */
    async call(method: string, path: string, options: RequestOptions = {}) {
      const response = await request(method, path, options);
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        // A drawing or a page is its text.
        body: (/json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : null) as Record<
          string,
          unknown
        >,
        text,
      };
    },
  };
};
export type TestApp = ReturnType<typeof startApp>;

interface RequestOptions {
  token?: string;
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
}

/** A signed-in person's token with a role of staff, as far as a token goes: the database knows a renter. */
export const staffToken = async (app: TestApp, accessToken: string): Promise<string> =>
  app.deps.tokens.sign({ ...(await app.deps.tokens.verify(accessToken)), role: "admin" });

/** The code in the last SMS to this number. */
export const lastCode = async (app: TestApp, phone: string): Promise<string> => {
  await app.settle();
  const text = app.sms.findLast((sms) => sms.msisdn === `255${phone.slice(-9)}`)?.text ?? "";
  const [code] = /\b\d{6}\b/.exec(text) ?? [];
  if (!code) throw new Error("no code was sent to this number");
  return code;
};

/** Six digits that are not the code. */
export const wrongCode = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

/** Registers and verifies over HTTP. */
export const signIn = async (app: TestApp, phone = newPhone()) => {
  const { body } = await app.call("POST", "/api/v1/auth/register", { json: { phone, name: "Asha", locale: "en" } });
  const challengeId = body["challengeId"] as string;
  const otp = await lastCode(app, phone);
  const verified = await app.call("POST", "/api/v1/auth/verify-phone", { json: { challengeId, phone, otp } });
  if (verified.status !== 200) throw new Error(`verify-phone answered ${verified.status}`);
  const { accessToken, refreshToken, user } = verified.body as {
    accessToken: string;
    refreshToken: string;
    user: { id: `usr_${string}` };
  };
  return { phone, challengeId, otp, accessToken, refreshToken, userId: user.id };
};
