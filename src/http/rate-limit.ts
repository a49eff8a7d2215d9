// How much one client may ask for. Counted in Redis over a sliding window; while Redis is away, and for what may not
// wait for it, counted in this isolate. Never an error: a limit that cannot be checked lets the request through the
// coarser count. Keys carry a keyed hash of the address, never the address.
import type { Context } from "hono";
import type { Dependencies } from "../deps.ts";
import type { LimitState } from "../errors.ts";
import type { AppEnv } from "./app-env.ts";
import { takeFromWindow } from "./sliding-window.ts";
import { createWindowCounter } from "./window-counter.ts";

export type PolicyName = "default" | "payments" | "public" | "refresh" | "health" | "unlimited";
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
    case "unlimited":
      // A ceiling for each door and isolate, above which somebody is told and nobody is refused.
      return { name, quota: 6_000, windowSeconds: 60 };
  }
};

export interface Verdict {
  isOver: boolean;
  limit: LimitState;
}

export interface Limits {
  /** Known to be over without asking anybody; such a client costs nothing more. */
  knownOver(deps: Dependencies, policy: Policy, client: string): Verdict | null;
  /** So near to its limit, as far as this isolate has seen, that its next request waits for the count. Counts the asking. */
  isNear(deps: Dependencies, policy: Policy, client: string): boolean;
  /** One round trip to Redis, none while it is away. Never throws. */
  count(deps: Dependencies, policy: Policy, client: string): Promise<Verdict>;
  /** In this isolate only. */
  countHere(deps: Dependencies, policy: Policy, client: string): Verdict & { isFirstOver: boolean };
}

/** The last tenth of a quota is taken before the work and not beside it: whoever goes over it then costs no work. */
const marginOf = (quota: number): number => Math.ceil(quota / 10);

/** Rejects when the answer takes longer; the request itself goes on and is not waited for. */
const patiently = async <T>(work: Promise<T>, patienceMs: number): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

const REDIS_PATIENCE_MS = 1_000;
/** After a failure Redis is left alone for so long: each try would cost a request its patience. */
const REDIS_PAUSE_MS = 5_000;

export const createLimits = (): Limits => {
  const here = createWindowCounter();
  const over = createWindowCounter();
  const seen = createWindowCounter();
  const near = createWindowCounter();
  let redisPausedUntilMs = 0;

  const countHere: Limits["countHere"] = ({ clock }, policy, client) => {
    const { count, resetSeconds } = here.add(`${policy.name}:${client}`, policy.windowSeconds, clock.now());
    const { name, quota, windowSeconds } = policy;
    return {
      isOver: count > quota,
      isFirstOver: count === quota + 1,
      limit: { policy: name, quota, windowSeconds, remaining: Math.max(0, quota - count), resetSeconds },
    };
  };

  const askRedis = async ({ redis, clock }: Dependencies, policy: Policy, client: string): Promise<Verdict> => {
    const { name, quota, windowSeconds } = policy;
    const { isOver, ...taken } = await patiently(
      takeFromWindow(redis, `limit:${name}:${client}`, policy, clock.now()),
      REDIS_PATIENCE_MS,
    );
    return { isOver, limit: { policy: name, quota, windowSeconds, ...taken } };
  };

  return {
    countHere,
    knownOver({ clock }, { name, quota, windowSeconds }, client) {
      const resetSeconds = over.secondsLeft(`${name}:${client}`, clock.now());
      return resetSeconds === null
        ? null
        : { isOver: true, limit: { policy: name, quota, windowSeconds, remaining: 0, resetSeconds } };
    },
    isNear({ clock }, { name, quota, windowSeconds }, client) {
      const key = `${name}:${client}`;
      const { count } = seen.add(key, windowSeconds, clock.now());
      return count > quota - marginOf(quota) || near.secondsLeft(key, clock.now()) !== null;
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
      const key = `${policy.name}:${client}`;
      if (verdict.isOver) over.add(key, verdict.limit.resetSeconds, nowMs);
      if (verdict.limit.remaining < marginOf(policy.quota)) near.add(key, policy.windowSeconds, nowMs);
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
