// Amounts and times as people in Dar es Salaam say them.
import { HOUR_MS } from "./clock.ts";
import type { Locale } from "./i18n.ts";

const SIGN: Record<Locale, string> = { sw: "Sh", en: "TZS" };

/** `Sh 5,000`, `TZS 5,000`. */
export const amountText = (amountTzs: number, locale: Locale): string =>
  `${SIGN[locale]} ${String(amountTzs).replace(/\B(?=(\d{3})+$)/g, ",")}`;

/** The part of the day in which an hour of the Western clock lies, by the hour at which it begins. */
const DAY_PARTS = [
  [19, "usiku"],
  [16, "jioni"],
  [12, "mchana"],
  [6, "asubuhi"],
  [4, "alfajiri"],
  [0, "usiku"],
] as const;

/** A duration of whole hours. In Swahili more than one is `masaa`: `saa 4` is ten o'clock. */
export const hoursText = (hours: number, locale: Locale): string => {
  if (locale === "sw") return hours === 1 ? "saa 1" : `masaa ${hours}`;
  return hours === 1 ? "1 hour" : `${hours} hours`;
};

const local = (atMs: number): string => new Date(atMs + 3 * HOUR_MS).toISOString();

/**
 * The wall clock of Dar es Salaam, which has no daylight saving. In Swahili hours are counted from dawn and dusk, so that 20:05 is
 * `saa 2:05 usiku`; without the part of the day it would name two times.
 */
export const clockText = (atMs: number, locale: Locale): string => {
  const time = local(atMs).slice(11, 16);
  if (locale === "en") return time;
  const hour = Number(time.slice(0, 2));
  const part = DAY_PARTS.find(([from]) => hour >= from)?.[1] ?? "usiku";
  return `saa ${(hour + 6) % 12 || 12}${time.slice(2)} ${part}`;
};

/** Day and month in Dar es Salaam, `26/11`. */
export const dateText = (atMs: number): string => `${local(atMs).slice(8, 10)}/${local(atMs).slice(5, 7)}`;
