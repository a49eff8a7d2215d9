// What a menu on a keypad keeps in Redis: the inputs of a session whose gateway sends only the last one, and how many rental codes a
// number tried. All of it may be lost: the menu starts again, kindly; the tries of one session stay counted in its own inputs.
// Nobody waits for Redis longer than a keypad can.
import type { Dependencies } from "../deps.ts";
import { describeError } from "../lib/describe-error.ts";
import { HOUR_MS, MINUTE_MS } from "../lib/clock.ts";

const REDIS_PATIENCE_MS = 400;
/** Longer than any operator keeps a session open. */
const SESSION_TTL_MS = 10 * MINUTE_MS;
/** Rental codes that one number may try within an hour, in all its sessions. */
export const CODES_PER_NUMBER = 6;

/** What the work answers in time; null when it fails or takes too long. */
export const within = async <T>(deps: Dependencies, what: string, work: Promise<T>): Promise<T | null> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), REDIS_PATIENCE_MS);
  });
  try {
    const answer = await Promise.race([work, patience]);
    if (answer === null) deps.log.write("warn", "alert", { alert: "ussd_redis_slow", what });
    return answer;
  } catch (error) {
    deps.log.write("warn", "alert", { alert: "ussd_redis_away", what, ...describeError(error) });
    return null;
  } finally {
    clearTimeout(timer);
  }
};

export interface Remembered {
  /** Names the session for ever, also when the gateway uses its id again. */
  name: string;
  inputs: string[];
  /** What was typed before is gone. */
  isRestarted: boolean;
}

/**
 * Adds the input at its place (from 1; null: the session begins) and answers all inputs up to there. A repeat of an earlier input
 * answers what was before it, and changes nothing.
 */
export const rememberInput = async (
  deps: Dependencies,
  session: string,
  index: number,
  input: string | null,
): Promise<Remembered> => {
  const key = `ussd:inputs:${session}`;
  const pipeline = deps.redis.pipeline();
  pipeline.hsetnx(key, "name", `n${deps.ids.secret(20)}`);
  // Letters before the values: the client reads digits as numbers.
  if (input === null) pipeline.hsetnx(key, "base", `b${index}`);
  else pipeline.hsetnx(key, `i${index}`, `t${input}`);
  pipeline.pexpire(key, SESSION_TTL_MS);
  pipeline.hgetall(key);
  const answers = await within(deps, "inputs", pipeline.exec<unknown[]>());
  const kept = (answers?.at(-1) ?? {}) as Record<string, string>;
  const name = kept["name"] ?? "";
  if (kept["base"] !== undefined) {
    const base = Number(kept["base"].slice(1));
    const inputs = Array.from({ length: Math.max(0, index - base) }, (_, i) => kept[`i${base + 1 + i}`]);
    if (inputs.every((each) => each !== undefined))
      return { name, inputs: inputs.map((each) => each.slice(1)), isRestarted: false };
  }
  // From here on the session counts anew; where even that cannot be kept, the next input meets the same kindness.
  if (answers) await within(deps, "restart", deps.redis.hset(key, { base: `b${index}` }));
  return { name, inputs: [], isRestarted: input !== null };
};

/** Whether this number may look at the rental of this code; a code that a session looked at stays open to it. */
export const mayTryCode = async (
  deps: Dependencies,
  { phoneHash, session, returnCode }: { phoneHash: string; session: string; returnCode: string },
): Promise<boolean> => {
  const hour = Math.floor(deps.clock.now() / HOUR_MS);
  const key = `ussd:codes:${phoneHash}:${hour}`;
  const pipeline = deps.redis.pipeline();
  pipeline.sadd(key, await deps.otpHash.hex(`code\n${session}\n${returnCode}`));
  pipeline.pexpire(key, HOUR_MS);
  pipeline.scard(key);
  const answers = await within(deps, "codes", pipeline.exec<unknown[]>());
  return Number(answers?.at(-1) ?? 0) <= CODES_PER_NUMBER;
};
