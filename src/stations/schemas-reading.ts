// One station as staff look into it.
import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { StationAdminView, stationAdminView } from "./schemas-admin.ts";
import type { StationReading } from "./reading.ts";

const time = z.iso.datetime();

export const StationReadingView = z
  .object({
    station: StationAdminView,
    live: z
      .object({
        isConfigured: z.boolean(),
        isOnline: z.boolean(),
        lastHeardAt: time.nullable(),
        freeBanks: z.int(),
        freeSlots: z.int(),
      })
      .nullable()
      .meta({ description: "What the station's object sees now; null where it could not be asked" }),
    slots: z.array(
      z.object({
        slot: z.int(),
        service: z
          .object({ state: z.string(), reason: z.string() })
          .nullable()
          .meta({ description: "`locked`, `out_of_service` or `quarantined`, and why; null: in service" }),
        seen: z
          .object({
            state: z.string(),
            powerBankId: z.string().nullable(),
            chargePercent: z.int().nullable(),
            temperatureC: z.number().nullable(),
            isLocked: z.boolean(),
            fault: z.string().nullable(),
            mark: z.enum(["not_out", "unknown"]).nullable().meta({ description: "What ejects proved of it" }),
            isTaken: z.boolean().meta({ description: "A lease or an undecided eject holds it" }),
          })
          .nullable(),
        booked: z
          .object({ powerBankId: z.string(), cycles: z.int(), isHeld: z.boolean() })
          .nullable()
          .meta({ description: "The bank that is here by the books; held ones are given to nobody" }),
        isMismatch: z.boolean().meta({ description: "Seen and booked differ: something moved and was not told yet" }),
        failures: z.int().meta({ description: "Ejects of the last 30 days that failed" }),
        lastFailureAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: "StationReading" });

const timeOrNull = (atMs: number | null): string | null => (atMs === null ? null : isoTime(atMs));

export const stationReadingView = ({ station, live, slots }: StationReading): z.infer<typeof StationReadingView> => ({
  station: stationAdminView(station),
  live: live && {
    isConfigured: live.isConfigured,
    isOnline: live.isOnline,
    lastHeardAt: timeOrNull(live.seenAtMs === 0 ? null : live.seenAtMs),
    freeBanks: live.freeBanks,
    freeSlots: live.freeSlots,
  },
  slots: slots.map(({ slot, service, seen, booked, isMismatch, failures, lastFailureAtMs }) => ({
    slot,
    service,
    seen: seen && {
      state: seen.state,
      powerBankId: seen.powerBankId,
      chargePercent: seen.chargePercent,
      temperatureC: seen.temperatureC,
      isLocked: seen.isLocked,
      fault: seen.fault,
      mark: seen.mark,
      isTaken: seen.isTaken,
    },
    booked: booked && { powerBankId: booked.powerBankId, cycles: booked.cycles, isHeld: booked.isHeld },
    isMismatch,
    failures,
    lastFailureAt: timeOrNull(lastFailureAtMs),
  })),
});
