// One-time codes in Redis. What crosses: keyed hashes, counts, times. What never does: a number, a code, an address.
// Each operation is one script, so nothing happens between its check and its effect; each keeps its answer under a
// request id, because the client sends a request again when the connection breaks. Redis away: `unavailable`.
import type { Redis } from "@upstash/redis/cloudflare";
import { AppError, type LimitState } from "../errors.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../lib/clock.ts";
import type { KeyedHash } from "../lib/crypto.ts";
import type { Id } from "../lib/ids.ts";

export const OTP_TTL_MS = 10 * MINUTE_MS;
export const MAX_TRIES = 5;
export const MAX_SENDS = 5;
export const SEND_WINDOW_MS = HOUR_MS;
/** What has to pass after the first, second, … code before the next. */
export const SEND_WAITS_MS = [30, 60, 120, 300].map((seconds) => seconds * SECOND_MS);
/** Mobile operators put thousands of handsets behind one address, so these are far above what one person does: codes that nobody used, … */
export const ADDRESS_SENDS = 300;
/** … and codes for what was never asked. */
export const ADDRESS_MISSES = 100;
/** Longer than the Redis client goes on repeating. */
const ANSWER_TTL_SECONDS = 120;

/** Six digits, each of the million codes equally likely. */
export const drawCode = (): string => {
  const drawn = new Uint32Array(1);
  // The last, incomplete million of 2^32 would favour low codes.
  do crypto.getRandomValues(drawn);
  while (drawn[0]! >= 4_294_000_000);
  return String(drawn[0]! % 1_000_000).padStart(6, "0");
};

// Both scripts keep to what Redis and its in-memory stand-in agree on: integers and strings, HGET, no cjson. Numbers
// become text by string.format alone: %d is the same everywhere, tostring is not.
const STORE = `
local earlier = redis.call('GET', KEYS[1])
if earlier then return earlier end
local now = tonumber(ARGV[1])
local function answer(text)
  redis.call('SET', KEYS[1], text, 'EX', ARGV[10])
  return text
end
if ARGV[11] == 'again' then
  local ends = redis.call('HGET', KEYS[4], 'ends')
  if not ends or tonumber(ends) <= now then return answer('none') end
  if tonumber(redis.call('HGET', KEYS[4], 'tries')) >= tonumber(ARGV[12]) then return answer('ended') end
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[2])
local sent = redis.call('ZCARD', KEYS[2])
local window = tonumber(ARGV[8])
local function scoreAt(rank)
  local members = redis.call('ZRANGE', KEYS[2], rank, rank)
  return tonumber(redis.call('ZSCORE', KEYS[2], members[1]))
end
local most = tonumber(ARGV[7])
local wait = 0
if sent >= most then
  wait = scoreAt('0') + window - now
elseif sent > 0 then
  wait = scoreAt('-1') + tonumber(ARGV[12 + sent]) - now
end
if wait > 0 then return answer(string.format('wait|%d|%d', sent, math.ceil(wait / 1000))) end
local used = tonumber(redis.call('GET', KEYS[3]) or '0')
if used >= tonumber(ARGV[9]) then return answer('address') end
redis.call('ZADD', KEYS[2], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[8])
if redis.call('INCR', KEYS[3]) == 1 then redis.call('PEXPIRE', KEYS[3], ARGV[8]) end
redis.call('HSET', KEYS[4], 'digest', ARGV[4])
redis.call('HSET', KEYS[4], 'ends', ARGV[6])
redis.call('HSETNX', KEYS[4], 'tries', '0')
redis.call('PEXPIRE', KEYS[4], ARGV[5])
sent = sent + 1
local nextWait
if sent >= most then nextWait = scoreAt('0') + window - now else nextWait = tonumber(ARGV[12 + sent]) end
return answer(string.format('stored|%d|%d', sent, math.ceil(nextWait / 1000)))
`;

const CHECK = `
local earlier = redis.call('GET', KEYS[1])
if earlier then return earlier end
local function answer(text)
  redis.call('SET', KEYS[1], text, 'EX', ARGV[6])
  return text
end
local most = tonumber(ARGV[3])
local ends = redis.call('HGET', KEYS[3], 'ends')
local isOpen = ends and tonumber(ends) > tonumber(ARGV[1])
local tries = 0
if isOpen then tries = tonumber(redis.call('HGET', KEYS[3], 'tries')) end
if not isOpen or tries >= most then
  local misses = redis.call('INCR', KEYS[2])
  if misses == 1 then redis.call('PEXPIRE', KEYS[2], ARGV[5]) end
  if misses > tonumber(ARGV[4]) then return answer('address') end
  if isOpen then return answer('ended') end
  return answer('none')
end
if redis.call('HGET', KEYS[3], 'digest') == ARGV[2] then
  redis.call('DEL', KEYS[3])
  if tonumber(redis.call('GET', KEYS[4]) or '0') > 0 then redis.call('DECR', KEYS[4]) end
  return answer('right')
end
if redis.call('HINCRBY', KEYS[3], 'tries', 1) >= most then return answer('ended') end
return answer('wrong')
`;

export interface OtpStore {
  redis: Redis;
  hash: KeyedHash;
}

/** Names one challenge of one number. A right id with a foreign number names nothing, so nobody can use up its tries. */
export interface Challenge {
  challengeId: Id<"chl">;
  phoneHash: string;
  /** What the code is good for; a code for one purpose is wrong for another. */
  purpose: "sign_in";
}

interface Attempt {
  /** Ours, fresh for each call, the same when the call is sent again. */
  requestId: Id<"req">;
  nowMs: number;
  /** Whom to blame; null where the platform does not say. */
  address: string | null;
  code: string;
}

export type StoreResult =
  | { status: "stored"; resendInSeconds: number; limit: LimitState }
  | { status: "wait"; limit: LimitState }
  | { status: "address_limited"; limit: LimitState }
  /** Only for a resend: there is no such open challenge; or it had its 5 wrong codes. */
  | { status: "none" | "ended" };

export type CheckResult =
  | { status: "right" | "wrong" | "none" | "ended" }
  | { status: "address_limited"; limit: LimitState };

const digestOf = (hash: KeyedHash, { purpose, challengeId, phoneHash }: Challenge, code: string) =>
  hash.hex(`otp\n${purpose}\n${challengeId}\n${phoneHash}\n${code}`);

const recordKey = ({ phoneHash, challengeId, purpose }: Challenge) => `otp:${purpose}:${phoneHash}:${challengeId}`;

const addressLimit = async (hash: KeyedHash, kind: "sends" | "misses", address: string | null, nowMs: number) => {
  const window = Math.floor(nowMs / SEND_WINDOW_MS);
  const quota = kind === "sends" ? ADDRESS_SENDS : ADDRESS_MISSES;
  const resetSeconds = Math.ceil(((window + 1) * SEND_WINDOW_MS - nowMs) / SECOND_MS);
  const limit: LimitState = {
    policy: `otp-address-${kind}`,
    quota,
    windowSeconds: SEND_WINDOW_MS / SECOND_MS,
    remaining: 0,
    resetSeconds,
  };
  return { key: `otp:${kind}:${await hash.hex(`address\n${address ?? "unknown"}`)}:${window}`, limit };
};

const run = async (redis: Redis, script: string, keys: string[], args: (string | number)[]): Promise<string[]> => {
  try {
    return String(await redis.eval(script, keys, args.map(String))).split("|");
  } catch (cause) {
    throw new AppError("unavailable", { retryAfterSeconds: 10, cause });
  }
};

/** Stores the code and counts the send, or says why not. `isResend` replaces the code of an open challenge; its tries stay. */
export const storeOtp = async (
  { redis, hash }: OtpStore,
  challenge: Challenge,
  { requestId, nowMs, address, code, isResend }: Attempt & { isResend: boolean },
): Promise<StoreResult> => {
  const sends = await addressLimit(hash, "sends", address, nowMs);
  const keys = [`otp:answer:${requestId}`, `otp:sends:${challenge.phoneHash}`, sends.key, recordKey(challenge)];
  const [word, sentText, secondsText] = await run(redis, STORE, keys, [
    nowMs,
    nowMs - SEND_WINDOW_MS,
    requestId,
    await digestOf(hash, challenge, code),
    OTP_TTL_MS,
    nowMs + OTP_TTL_MS,
    MAX_SENDS,
    SEND_WINDOW_MS,
    ADDRESS_SENDS,
    ANSWER_TTL_SECONDS,
    isResend ? "again" : "first",
    MAX_TRIES,
    ...SEND_WAITS_MS,
  ]);
  if (word === "none" || word === "ended") return { status: word };
  if (word === "address") return { status: "address_limited", limit: sends.limit };
  const resetSeconds = Number(secondsText);
  const limit: LimitState = {
    policy: "otp-number",
    quota: MAX_SENDS,
    windowSeconds: SEND_WINDOW_MS / SECOND_MS,
    remaining: MAX_SENDS - Number(sentText),
    resetSeconds,
  };
  if (word === "wait") return { status: "wait", limit };
  if (word === "stored") return { status: "stored", resendInSeconds: resetSeconds, limit };
  throw new Error("the script that stores codes gave an unknown answer");
};

/**
 * Takes a right code out of the world, and off what its address has sent: people who sign in never use up what they share. Counts a wrong one
 * against its challenge, one without a challenge against the address.
 */
export const checkOtp = async (
  { redis, hash }: OtpStore,
  challenge: Challenge,
  { requestId, nowMs, address, code }: Attempt,
): Promise<CheckResult> => {
  const misses = await addressLimit(hash, "misses", address, nowMs);
  const sends = await addressLimit(hash, "sends", address, nowMs);
  const keys = [`otp:answer:${requestId}`, misses.key, recordKey(challenge), sends.key];
  const [word] = await run(redis, CHECK, keys, [
    nowMs,
    await digestOf(hash, challenge, code),
    MAX_TRIES,
    ADDRESS_MISSES,
    SEND_WINDOW_MS,
    ANSWER_TTL_SECONDS,
  ]);
  if (word === "address") return { status: "address_limited", limit: misses.limit };
  if (word === "right" || word === "wrong" || word === "none" || word === "ended") return { status: word };
  throw new Error("the script that checks codes gave an unknown answer");
};
