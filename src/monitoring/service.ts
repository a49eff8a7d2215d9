import type { Dependencies } from "../deps.ts";
import type { Clock } from "../lib/clock.ts";
import { pingDatabase } from "./repository.ts";
import type { ReadinessView } from "./schemas.ts";

const PATIENCE_MS = 2_000;

/** Asks every part at once. Never throws; a part that has not answered in 2 s is away. */
export const readReadiness = async ({ db, redis, payments, clock }: Dependencies): Promise<ReadinessView> => {
  const [postgres, redisPart, paymentsPart] = await Promise.all([
    measure(clock, true, () => pingDatabase(db)),
    // Without Redis nobody new signs in, but rentals start and end.
    measure(clock, false, async () => (await redis.ping()) === "PONG"),
    measure(clock, false, () => payments.ping()),
  ]);
  const parts = { postgres, redis: redisPart, payments: paymentsPart };
  const away = Object.values(parts).filter((part) => !part.isUp);
  const status = away.some((part) => part.isRequired) ? "unavailable" : away.length > 0 ? "degraded" : "ready";
  return { status, parts };
};

const measure = async (clock: Clock, isRequired: boolean, ping: () => Promise<boolean>) => {
  const startedAtMs = clock.now();
  const patience = new AbortController();
  const isLate = new Promise<false>((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    patience.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  const isUp = await Promise.race([ping().catch(() => false), isLate]);
  patience.abort();
  return { isUp, isRequired, latencyMs: Math.max(0, Math.round(clock.now() - startedAtMs)) };
};
