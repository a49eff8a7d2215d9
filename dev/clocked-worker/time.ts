// How far the town's time is ahead, and everything of the runtime that tells or takes a time of its own.
import { systemClock } from "../../src/lib/clock.ts";

let aheadMs = 0;
let isKnown = false;

// Everything in the product that asks for the time asks this.
systemClock.now = () => Date.now() + aheadMs;

/** Asks the stack, once in the life of an isolate, or again. Each asks for itself: no request may wait for another one's. */
export const learnTime = async (env: Env, isAgain = false): Promise<void> => {
  if (isKnown && !isAgain) return;
  const { CLOCK_URL } = env as Env & { CLOCK_URL: string };
  const told = await (await fetch(CLOCK_URL)).json<{ aheadMs: number }>();
  aheadMs = told.aheadMs;
  isKnown = true;
};

/** Alarms ring by the town's time, and a station's ping was heard then, too. */
export const putForward = (context: DurableObjectState): void => {
  const { storage } = context;
  const setAlarm = storage.setAlarm.bind(storage);
  const getAlarm = storage.getAlarm.bind(storage);
  storage.setAlarm = (at, options) => setAlarm(Number(at) - aheadMs, options);
  storage.getAlarm = async (options) => {
    const atMs = await getAlarm(options);
    return atMs === null ? null : atMs + aheadMs;
  };
  const heardAt = context.getWebSocketAutoResponseTimestamp.bind(context);
  context.getWebSocketAutoResponseTimestamp = (socket) => {
    const at = heardAt(socket);
    return at && new Date(at.getTime() + aheadMs);
  };
};
