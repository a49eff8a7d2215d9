// The time of the town, as the stories need it.
import type { Narrator } from "./narrator.ts";
import type { Outside } from "./outside.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Dar es Salaam is three hours before Greenwich all year. */
const DAR_MS = 3 * HOUR_MS;

export const inDar = (atMs: number): string => new Date(atMs + DAR_MS).toISOString().slice(0, 16).replace("T", " ");

/** Nothing in the town may be earlier than `atMs` afterwards. */
export const waitUntil = async (
  { outside, say }: { outside: Outside; say: Narrator },
  atMs: number,
): Promise<number> => {
  const minutes = Math.ceil((atMs - (await outside.nowMs())) / MINUTE_MS);
  if (minutes <= 0) return outside.nowMs();
  const nowMs = await outside.forward(minutes);
  say.step(`it is ${inDar(nowMs)} in Dar es Salaam, ${(minutes / 60).toFixed(1)} hours later`);
  return nowMs;
};

/** The next eight o'clock, when nobody is asleep and every limit of yesterday is over. */
export const nextMorning = (nowMs: number): number =>
  (Math.floor((nowMs + DAR_MS - 8 * HOUR_MS) / DAY_MS) + 1) * DAY_MS - DAR_MS + 8 * HOUR_MS;

/** The hour of the day as a profile has it. */
export const clockOf = (atMs: number): string => inDar(atMs).slice(11);
