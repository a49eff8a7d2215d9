// AzamPay's access token. In memory for the isolate, sealed in Redis for all isolates; Redis may be away, then each
// isolate has its own. Never in a log, never in clear outside this process.
import type { Redis } from "@upstash/redis/cloudflare";
import { z } from "zod";
import type { Config } from "../config.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS, type Clock } from "../lib/clock.ts";
import { sha256Hex, type Cipher } from "../lib/crypto.ts";
import { parseExpiry, TokenAnswer, TokenRefusal } from "./azampay-wire.ts";
import { exchange, readJson, type Fetch } from "./exchange.ts";
import { singleFlight, within } from "./single-flight.ts";

export type TokenResult =
  | { status: "granted"; accessToken: string }
  /** The provider knows the request and says no: application name, id or secret. */
  | { status: "refused" }
  | { status: "unavailable"; reason: string };

export interface TokenSource {
  current(): Promise<TokenResult>;
  /** A token other than `stale`, which the provider no longer takes. */
  renew(stale: string): Promise<TokenResult>;
}

export interface TokenSourceOptions {
  config: Config;
  clock: Clock;
  redis: Pick<Redis, "get" | "set">;
  cipher: Cipher;
  fetch: Fetch;
  timeoutMs: number;
}

const Stored = z.object({ accessToken: z.string().min(1), usableUntilMs: z.number() });
type Stored = z.infer<typeof Stored>;

const REFUSALS = [400, 401, 403, 423];
/** A token is not used in the last minute of its life: it would end on the way. */
const MARGIN_MS = MINUTE_MS;
/** When the answer does not say how long. */
const UNSTATED_LIFETIME_MS = 10 * MINUTE_MS;
const MAX_LIFETIME_MS = DAY_MS;
/** A payment does not wait longer than this for Redis. */
const REDIS_PATIENCE_MS = 500;

export const createTokenSource = (options: TokenSourceOptions): TokenSource => {
  const { clock, fetch, config } = options;
  const store = createStore(options);
  let held: Stored | null = null;
  const isUsable = (token: Stored | null): token is Stored => token !== null && token.usableUntilMs > clock.now();

  const request = async (): Promise<TokenResult> => {
    const url = `${config.AZAMPAY_AUTH_URL.replace(/\/+$/, "")}/AppRegistration/GenerateToken`;
    const body = JSON.stringify({
      appName: config.AZAMPAY_APP_NAME,
      clientId: config.AZAMPAY_CLIENT_ID,
      clientSecret: config.AZAMPAY_CLIENT_SECRET,
    });
    const headers = { "content-type": "application/json", accept: "application/json" };
    const answer = await exchange(fetch, url, { method: "POST", headers, body }, options.timeoutMs);
    if (answer.kind === "silent") return { status: "unavailable", reason: answer.reason };
    const json = readJson(answer.text);
    if (REFUSALS.includes(answer.status) || TokenRefusal.safeParse(json).success) return { status: "refused" };
    const read = TokenAnswer.safeParse(json);
    if (answer.status !== 200 || !read.success) return { status: "unavailable", reason: `http_${answer.status}` };
    const { accessToken, expire, expireAt } = read.data.data;
    held = { accessToken, usableUntilMs: usableUntil(expire ?? expireAt ?? null, clock.now()) };
    if (isUsable(held)) await store.write(held);
    return { status: "granted", accessToken };
  };

  const patienceMs = options.timeoutMs + 2 * REDIS_PATIENCE_MS;
  const replace = singleFlight(request, patienceMs);
  const obtain = singleFlight(async (): Promise<TokenResult> => {
    const stored = await store.read();
    if (!isUsable(stored)) return replace();
    held = stored;
    return { status: "granted", accessToken: stored.accessToken };
  }, patienceMs);

  return {
    current: async () => (isUsable(held) ? { status: "granted", accessToken: held.accessToken } : obtain()),
    async renew(stale) {
      // Whoever met the 401 first has replaced it already.
      if (isUsable(held) && held.accessToken !== stale) return { status: "granted", accessToken: held.accessToken };
      held = null;
      return replace();
    },
  };
};

const usableUntil = (expiry: string | null, nowMs: number): number => {
  const endsAtMs = (expiry === null ? null : parseExpiry(expiry)) ?? nowMs + UNSTATED_LIFETIME_MS;
  return Math.min(endsAtMs, nowMs + MAX_LIFETIME_MS) - MARGIN_MS;
};

const createStore = ({ config, clock, redis, cipher }: TokenSourceOptions) => {
  // Other credentials, another entry: a token of the old ones must not outlive their change.
  const identity = [
    config.AZAMPAY_AUTH_URL,
    config.AZAMPAY_APP_NAME,
    config.AZAMPAY_CLIENT_ID,
    config.AZAMPAY_CLIENT_SECRET,
  ];
  const keyOf = async () => `azampay:token:${(await sha256Hex(identity.join("\n"))).slice(0, 32)}`;
  return {
    /** `null` when there is none, Redis is away, or what it has does not open. */
    async read(): Promise<Stored | null> {
      try {
        const key = await keyOf();
        const sealed = await within(redis.get<unknown>(key), REDIS_PATIENCE_MS);
        if (typeof sealed !== "string") return null;
        return Stored.parse(readJson(await cipher.open(sealed, key)));
      } catch {
        return null;
      }
    },
    async write(token: Stored): Promise<void> {
      try {
        const key = await keyOf();
        const px = Math.max(token.usableUntilMs - clock.now(), SECOND_MS);
        const sealed = await cipher.seal(JSON.stringify(token), key);
        await within(redis.set(key, sealed, { px }), REDIS_PATIENCE_MS);
      } catch {
        // Redis is a convenience here.
      }
    },
  };
};
