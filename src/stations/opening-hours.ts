// When a station's renters may start. Returns are taken at any hour. The database has the same rule as `internal_is_open`, because a
// rental opens there in one statement; a test holds the two side by side.
import { z } from "zod";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../lib/clock.ts";

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

export const OpeningTime = z
  .strictObject({
    day: z.int().min(1).max(7).meta({ description: "1 Monday … 7 Sunday, in Africa/Dar_es_Salaam" }),
    opens: clockTime.meta({ example: "08:00" }),
    closes: z
      .union([clockTime, z.literal("24:00")])
      .meta({ example: "22:00", description: "At or before `opens`: on the next day" }),
  })
  .meta({ id: "OpeningTime" });
export type OpeningTime = z.infer<typeof OpeningTime>;

/** Null: always. */
export const OpeningHours = z
  .array(OpeningTime)
  .min(1)
  .max(28)
  .nullable()
  .meta({ description: "When rentals start; null: always. Returns are always taken" });
export type OpeningHours = z.infer<typeof OpeningHours>;

/** Tanzania has one zone and no summer time. */
const ZONE_MS = 3 * HOUR_MS;
/** 1970-01-01 was a Thursday, the fourth day. */
const EPOCH_DAY = 4;

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

export const isOpen = (hours: OpeningHours, atMs: number): boolean => {
  if (hours === null) return true;
  const localMs = atMs + ZONE_MS;
  const today = ((Math.floor(localMs / DAY_MS) + EPOCH_DAY - 1) % 7) + 1;
  const minute = (localMs % DAY_MS) / MINUTE_MS;
  return hours.some(({ day, opens, closes }) => {
    const from = minutesOf(opens);
    const to = minutesOf(closes);
    if (day === today && minute >= from && (minute < to || to <= from)) return true;
    return (day % 7) + 1 === today && to <= from && minute < to;
  });
};
