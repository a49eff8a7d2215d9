import { DAY_MS, HOUR_MS } from "../src/lib/clock.ts";

// Africa/Dar_es_Salaam is UTC+3 the whole year.
const LOCAL_OFFSET_MS = 3 * HOUR_MS;

/** Day and time on the wall in Dar es Salaam: YYYY-MM-DD and HH:MM:SS. */
export const localMoment = (atMs: number): { day: string; time: string } => {
  const text = new Date(atMs + LOCAL_OFFSET_MS).toISOString();
  return { day: text.slice(0, 10), time: text.slice(11, 19) };
};

/** The day after `day`, both YYYY-MM-DD. */
export const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/** When `day` is over in Dar es Salaam. */
export const endOfDayMs = (day: string): number => Date.parse(`${day}T00:00:00Z`) + DAY_MS - LOCAL_OFFSET_MS;
