// What many ask for and few seconds may be old: kept at the edge, loaded by whoever finds it missing, renewed behind the
// answer while it ages. An edge that cannot be asked is one that has nothing.
import { SECOND_MS, type Clock } from "./clock.ts";
import type { Log } from "./log.ts";

export interface EdgeStore {
  /** Null for what is not there or cannot be read. Never throws. */
  read(key: string): Promise<Kept<unknown> | null>;
  /** Never throws. */
  write(key: string, kept: Kept<unknown>, seconds: number): Promise<void>;
  /** True for the first who says that he renews it, for a few seconds, in this isolate. */
  claim(key: string, nowMs: number): boolean;
}

export interface Kept<T> {
  value: T;
  storedAtMs: number;
}

export interface Life {
  /** Younger than this it is simply given. */
  freshSeconds: number;
  /** Younger than this it is given and renewed after the answer; older, it is loaded anew. */
  staleSeconds: number;
}

interface Means {
  edge: EdgeStore;
  clock: Clock;
  log: Log;
  defer(work: Promise<unknown>): void;
}

/**
 * The values of `keys`, in their order, by at most one call of `load`: for what is missing before the answer, for what ages
 * after it. `load` answers in the order that it was asked in. Keys name the version of what is stored.
 */
export const recall = async <T>(
  { edge, clock, log, defer }: Means,
  keys: string[],
  life: Life,
  load: (keys: string[]) => Promise<T[]>,
): Promise<Kept<T>[]> => {
  const nowMs = clock.now();
  const renew = async (wanted: string[]): Promise<Kept<T>[]> => {
    const kept = (await load(wanted)).map((value) => ({ value, storedAtMs: nowMs }));
    defer(Promise.all(kept.map((each, n) => edge.write(wanted[n]!, each, life.staleSeconds))));
    return kept;
  };
  const found = (await Promise.all(keys.map((key) => edge.read(key)))) as (Kept<T> | null)[];
  const ageOf = (n: number) => (found[n] ? Math.abs(nowMs - found[n].storedAtMs) / SECOND_MS : Infinity);
  const missing = keys.filter((_, n) => ageOf(n) >= life.staleSeconds);
  const ageing = keys.filter((key, n) => {
    const age = ageOf(n);
    return age >= life.freshSeconds && age < life.staleSeconds && edge.claim(key, nowMs);
  });
  if (ageing.length > 0)
    defer(renew(ageing).catch(() => log.write("warn", "alert", { alert: "edge_not_renewed", count: ageing.length })));
  const loaded = missing.length > 0 ? await renew(missing) : [];
  return keys.map((key, n) => (missing.includes(key) ? loaded[missing.indexOf(key)]! : found[n]!));
};
