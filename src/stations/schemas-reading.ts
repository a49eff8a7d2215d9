// One station as staff look into it.
import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { StationAdminView, stationAdminView } from "./schemas-admin.ts";
import type { StationReading } from "./reading.ts";

const time = z.iso.datetime();

export const StationReadingView = z
  .object({
    station: StationAdminView,
    failures: z
      .array(z.object({ slot: z.int(), failures: z.int(), lastAt: time }))
      .meta({ description: "Ejects of the last 30 days that failed, by slot; slots without one are missing" }),
  })
  .meta({ id: "StationReading" });

export const stationReadingView = ({ station, failures }: StationReading): z.infer<typeof StationReadingView> => ({
  station: stationAdminView(station),
  failures: failures.map(({ lastAt, ...slot }) => ({ ...slot, lastAt: isoTime(Date.parse(lastAt)) })),
});
