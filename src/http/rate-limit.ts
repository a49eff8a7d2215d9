// How much one client may ask for. Counted in Redis over a sliding window; while Redis is away, and for what may not
// wait for it, counted in this isolate. Never an error: a limit that cannot be checked lets the request through the
// coarser count. Keys carry a keyed hash of the address, never the address.
import { Ratelimit } from "@upstash/ratelimit";
import type { Context } from "hono";
import type { Dependencies } from "../deps.ts";
import type { LimitState } from "../errors.ts";
import { SECOND_MS } from "../lib/clock.ts";
import type { AppEnv } from "./app-env.ts";
import { createWindowCounter } from "./window-counter.ts";

export type PolicyName = "default" | "payments" | "public" | "refresh" | "health";
export interface Policy {
  name: PolicyName;
  quota: number;
  windowSeconds: number;
}

/** Figures of a policy. Those counted per address are far above one person's use: an operator's NAT is one address. */
export const policyOf = (name: PolicyName, { config }: Pick<Dependencies, "config">): Policy => {
  const { RATE_LIMIT_REQUESTS: quota, RATE_LIMIT_WINDOW_SECONDS: windowSeconds } = config;
  switch (name) {
    case "default":
      return { name, quota, windowSeconds };
    case "payments":
      return { name, quota: Math.ceil(quota / 5), windowSeconds };
    case "public":
    case "refresh":
      return { name, quota: quota * 20, windowSeconds };
    case "health":
      return { name, quota: 120, windowSeconds: 60 };
  }
};

export interface Verdict {
  isOver: boolean;
  limit: LimitState;
}

export interface Limits {
  /** Known to be over without asking anybody; such a client costs nothing more. */
  knownOver(deps: Dependencies, policy: Policy, client: string): Verdict | null;
  /** One round trip to Redis, none while it is away. Never throws. */
  count(deps: Dependencies, policy: Policy, client: string): Promise<Verdict>;
  /** In this isolate only. */
  countHere(deps: Dependencies, policy: Policy, client: string): Verdict;
}

const REDIS_PATIENCE_MS = 1_000;
/** After a failure Redis is left alone for so long: each try would cost a request its patience. */
const REDIS_PAUSE_MS = 5_000;

export const createLimits = (): Limits => {
  const here = createWindowCounter();
  const over = createWindowCounter();
  let redisPausedUntilMs = 0;

  const countHere: Limits["countHere"] = ({ clock }, policy, client) => {
    const { count, resetSeconds } = here.add(`${policy.name}:${client}`, policy.windowSeconds, clock.now());
    const { name, quota, windowSeconds } = policy;
    return {
      isOver: count > quota,
      limit: { policy: name, quota, windowSeconds, remaining: Math.max(0, quota - count), resetSeconds },
    };
  };

  const askRedis = async (
    { redis, clock }: Dependencies,
    { name, quota, windowSeconds }: Policy,
    client: string,
  ): Promise<Verdict | null> => {
    const limiter = new Ratelimit({
      redis,
      limiter: Ratelimit.slidingWindow(quota, `${windowSeconds} s`),
      prefix: `limit:${name}`,
      ephemeralCache: false,
      timeout: REDIS_PATIENCE_MS,
    });
    const { success, remaining, reset, reason } = await limiter.limit(client);
    if (reason === "timeout") return null;
    // The library counts by its own clock.
    const resetSeconds = Math.min(windowSeconds, Math.max(1, Math.ceil((reset - clock.now()) / SECOND_MS)));
    return {
      isOver: !success,
      limit: { policy: name, quota, windowSeconds, remaining: Math.max(0, remaining), resetSeconds },
    };
  };

  return {
    countHere,
    knownOver({ clock }, { name, quota, windowSeconds }, client) {
      const resetSeconds = over.secondsLeft(`${name}:${client}`, clock.now());
      return resetSeconds === null
        ? null
        : { isOver: true, limit: { policy: name, quota, windowSeconds, remaining: 0, resetSeconds } };
    },
    async count(deps, policy, client) {
      const nowMs = deps.clock.now();
      let verdict: Verdict | null = null;
      if (nowMs >= redisPausedUntilMs) {
        verdict = await askRedis(deps, policy, client).catch(() => null);
        if (!verdict) {
          redisPausedUntilMs = nowMs + REDIS_PAUSE_MS;
          deps.log.write("warn", "alert", { alert: "rate_limits_counted_here", policy: policy.name });
        }
      }
      verdict ??= countHere(deps, policy, client);
      if (verdict.isOver) over.add(`${policy.name}:${client}`, verdict.limit.resetSeconds, nowMs);
      return verdict;
    },
  };
};

/** The caller's network address as the platform says it; null where it does not. An IPv6 network counts as one. */
export const addressOf = (c: Context<AppEnv>): string | null => {
  const address = c.req.header("CF-Connecting-IP")?.trim().toLowerCase();
  if (!address) return null;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const front = head.split(":").filter(Boolean);
  const back = tail?.split(":").filter(Boolean) ?? [];
  const groups =
    tail === undefined ? front : [...front, ...Array(Math.max(0, 8 - front.length - back.length)).fill("0"), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
};
