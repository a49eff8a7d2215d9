// What somebody who stands before a station, or looks for one, wants to know of it.
import { MINUTE_MS } from "../lib/clock.ts";
import { isOpen, type OpeningHours } from "./opening-hours.ts";

/** Why nothing can be rented at a station now, the weightiest reason first; `ready` when something can. */
export const readinesses = ["ready", "no_banks", "closed", "offline", "out_of_service"] as const;
export type Readiness = (typeof readinesses)[number];

interface Facts {
  isInService: boolean;
  openingHours: OpeningHours;
  freeBanks: number | null;
  isOnline: boolean | null;
}

export const readinessOf = ({ isInService, openingHours, freeBanks, isOnline }: Facts, nowMs: number): Readiness => {
  if (!isInService) return "out_of_service";
  if (isOnline !== true) return "offline";
  if (!isOpen(openingHours, nowMs)) return "closed";
  return freeBanks === null || freeBanks === 0 ? "no_banks" : "ready";
};

/** Whole minutes since the station's last word; null for one that never spoke. */
export const minutesSince = (seenAt: string | null, nowMs: number): number | null =>
  seenAt === null ? null : Math.max(0, Math.floor((nowMs - Date.parse(seenAt)) / MINUTE_MS));

/** Days with the same times, in a row: first and last day, 1 Monday … 7 Sunday. */
export interface DaySpan {
  from: number;
  to: number;
  times: { opens: string; closes: string }[];
}

/** The week as people write it on a door. A day without times is closed and has no span. */
export const weekOf = (hours: NonNullable<OpeningHours>): DaySpan[] => {
  const spans: DaySpan[] = [];
  for (let day = 1; day <= 7; day++) {
    const times = hours
      .filter((one) => one.day === day)
      .map(({ opens, closes }) => ({ opens, closes }))
      .toSorted((a, b) => a.opens.localeCompare(b.opens));
    const last = spans.at(-1);
    if (times.length === 0) continue;
    if (last?.to === day - 1 && JSON.stringify(last.times) === JSON.stringify(times)) last.to = day;
    else spans.push({ from: day, to: day, times });
  }
  return spans;
};
