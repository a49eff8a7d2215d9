// A sliding window in Redis: what a client asked for in the last `windowSeconds`, estimated from two fixed windows, of which the older one fades
// while the newer fills. One script, always one round trip. A request that is refused is not counted, so that whoever waits comes back in.
import type { Redis } from "@upstash/redis/cloudflare";
import { SECOND_MS } from "../lib/clock.ts";

// Integers and text alone: that is what Redis and its in-memory stand-in agree on. Nothing is divided.
const TAKE = `
local quota = tonumber(ARGV[1])
local window = tonumber(ARGV[2])
local fresh = window - tonumber(ARGV[3])
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
local previous = tonumber(redis.call('GET', KEYS[2]) or '0')
if previous * fresh + (current + 1) * window > quota * window then
  return string.format('over|%d|%d', previous, current)
end
current = redis.call('INCR', KEYS[1])
if current == 1 then redis.call('PEXPIRE', KEYS[1], window * 2) end
return string.format('taken|%d|%d', previous, current)
`;

export interface Taken {
  isOver: boolean;
  /** How many more would be taken right now. */
  remaining: number;
  /** Until one more would be taken; when some are left, until the window's end. */
  resetSeconds: number;
}

/** Takes one of `quota`, if there is one. Rejects when Redis does not answer. */
export const takeFromWindow = async (
  redis: Redis,
  key: string,
  { quota, windowSeconds }: { quota: number; windowSeconds: number },
  nowMs: number,
): Promise<Taken> => {
  const windowMs = windowSeconds * SECOND_MS;
  const window = Math.floor(nowMs / windowMs);
  const elapsedMs = nowMs - window * windowMs;
  const keys = [`${key}:${window}`, `${key}:${window - 1}`];
  const answer = await redis.eval(TAKE, keys, [quota, windowMs, elapsedMs].map(String));
  const [word, previousText, currentText] = String(answer).split("|");
  if (word !== "taken" && word !== "over") throw new Error("the script of the window gave an unknown answer");
  const [previous, current] = [Number(previousText), Number(currentText)];
  const used = current + (previous * (windowMs - elapsedMs)) / windowMs;
  const remaining = Math.max(0, Math.floor(quota - used));
  const waitMs =
    remaining > 0 ? windowMs - elapsedMs : untilOneMoreMs({ quota, windowMs, elapsedMs, previous, current });
  return { isOver: word === "over", remaining, resetSeconds: Math.max(1, Math.ceil(waitMs / SECOND_MS)) };
};

interface Filled {
  quota: number;
  windowMs: number;
  elapsedMs: number;
  previous: number;
  current: number;
}

/** The older window has to fade to what the newer one leaves of it; a full newer one has to become the older one first. */
const untilOneMoreMs = ({ quota, windowMs, elapsedMs, previous, current }: Filled): number => {
  const room = quota - current - 1;
  if (room >= 0) return windowMs - elapsedMs - Math.floor((room * windowMs) / Math.max(1, previous));
  return windowMs - elapsedMs + Math.ceil(((current - quota + 1) * windowMs) / current);
};
