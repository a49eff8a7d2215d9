// Wishes by text message that wait for a reply. A sender's number can be forged, and what is sent to it cannot be read by the forger: so
// a wish that would spend a wallet waits in Redis for the four digits that were sent to that number. All of it may be lost; then it is
// asked for again. How often a number may ask is counted here too, and without Redis nobody is asked anything.
import { z } from "zod";
import type { Dependencies } from "../deps.ts";
import { HOUR_MS, MINUTE_MS } from "../lib/clock.ts";
import { within } from "./sessions.ts";

const WISH_TTL_MS = 10 * MINUTE_MS;
const TRIES = 3;
/** Texts that may make us send something to a number, within an hour. */
export const ASKS_PER_NUMBER = 8;

export const Wish = z.object({
  /** The text that it came with; what is done about it is done once. */
  session: z.string(),
  stationCode: z.string().nullable(),
});
export type Wish = z.infer<typeof Wish>;

/** The digits that this text is answered with; the same for the same text, so that a repeated post does not spoil the first answer. */
export const replyCodeOf = async (deps: Dependencies, phoneHash: string, session: string): Promise<string> =>
  String(
    Number.parseInt((await deps.otpHash.hex(`reply\n${phoneHash}\n${session}`)).slice(0, 12), 16) % 10_000,
  ).padStart(4, "0");

/** False: Redis is away, and nothing was kept. */
export const keepWish = async (deps: Dependencies, phoneHash: string, wish: Wish): Promise<boolean> => {
  const key = `sms:wish:${phoneHash}`;
  const pipeline = deps.redis.pipeline();
  pipeline.del(key);
  pipeline.hset(key, { wish: `w${JSON.stringify(wish)}` });
  pipeline.pexpire(key, WISH_TTL_MS);
  return (await within(deps, "wish", pipeline.exec())) !== null;
};

/** The wish that these digits belong to; null after three wrong ones, or ten minutes. It stays: what is done about it is done once. */
export const findWish = async (deps: Dependencies, phoneHash: string, code: string): Promise<Wish | null> => {
  const key = `sms:wish:${phoneHash}`;
  const kept = await within(deps, "reply", deps.redis.hgetall<Record<string, string | number>>(key));
  const stored = kept?.["wish"];
  if (typeof stored !== "string" || Number(kept?.["wrong"] ?? 0) >= TRIES) return null;
  const wish = Wish.parse(JSON.parse(stored.slice(1)));
  if ((await replyCodeOf(deps, phoneHash, wish.session)) === code) return wish;
  await within(deps, "reply", deps.redis.hincrby(key, "wrong", 1));
  return null;
};

/** Whether this text may be answered with something that costs: a first one within the number's share, or the same one again. */
export const mayAsk = async (
  deps: Dependencies,
  phoneHash: string,
  session: string,
): Promise<"first" | "again" | "too_many" | "nobody_counts"> => {
  const key = `sms:asks:${phoneHash}:${Math.floor(deps.clock.now() / HOUR_MS)}`;
  const pipeline = deps.redis.pipeline();
  pipeline.sadd(key, session);
  pipeline.pexpire(key, HOUR_MS);
  pipeline.scard(key);
  const answers = await within(deps, "asks", pipeline.exec<[number, number, number]>());
  if (!answers) return "nobody_counts";
  if (answers[2] > ASKS_PER_NUMBER) return "too_many";
  return answers[0] === 1 ? "first" : "again";
};
