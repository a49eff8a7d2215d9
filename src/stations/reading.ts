// One station as staff look into it: what the books say, beside what its object sees at this moment.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { DAY_MS } from "../lib/clock.ts";
import { describeError } from "../lib/describe-error.ts";
import type { Id } from "../lib/ids.ts";
import type { SlotView, StationView } from "./port.ts";
import type { StationRecord } from "./record.ts";
import {
  type BookedBank,
  countFailures,
  findStationRecord,
  listBooked,
  type SlotFailures,
} from "./repository-reading.ts";

const LOOK_BACK_MS = 30 * DAY_MS;

export interface SlotReading {
  slot: number;
  /** By staff, or by what failed too often. */
  service: { state: string; reason: string } | null;
  /** Null: the object could not be asked, or never saw this slot. */
  seen: SlotView | null;
  booked: BookedBank | null;
  /** The object was asked, and sees another bank than the books have. */
  isMismatch: boolean;
  /** Ejects of the last 30 days that failed. */
  failures: number;
  lastFailureAtMs: number | null;
}

export interface StationReading {
  station: StationRecord;
  /** Null: the object could not be asked. */
  live: Omit<StationView, "slots"> | null;
  slots: SlotReading[];
}

/** Throws `station_unknown`. An object that does not answer leaves the books readable. */
export const readStationForStaff = async (deps: Dependencies, stationId: Id<"stn">): Promise<StationReading> => {
  const [station, failures, booked, view] = await Promise.all([
    findStationRecord(deps.db, stationId),
    countFailures(deps.db, stationId, deps.clock.now() - LOOK_BACK_MS),
    listBooked(deps.db, stationId),
    inspect(deps, stationId),
  ]);
  if (!station) throw new AppError("station_unknown");
  const { slots: seen = [], ...live } = view ?? {};
  return {
    station,
    live: view ? (live as Omit<StationView, "slots">) : null,
    slots: readSlots(station, { seen: view ? seen : null, booked, failures }),
  };
};

const inspect = async (deps: Dependencies, stationId: Id<"stn">): Promise<StationView | null> => {
  try {
    return await deps.stations.inspect(stationId);
  } catch (error) {
    deps.log.write("warn", "station_not_inspected", { stationId, ...describeError(error) });
    return null;
  }
};

const readSlots = (
  station: StationRecord,
  { seen, booked, failures }: { seen: SlotView[] | null; booked: BookedBank[]; failures: SlotFailures[] },
): SlotReading[] =>
  Array.from({ length: station.slotCount }, (_, n) => {
    const slot = n + 1;
    const service = station.slots.find((one) => one.slot === slot);
    const sees = seen?.find((one) => one.slot === slot) ?? null;
    const bank = booked.find((one) => one.slot === slot) ?? null;
    const failed = failures.find((one) => one.slot === slot);
    return {
      slot,
      service: service ? { state: service.state, reason: service.reason } : null,
      seen: sees,
      booked: bank,
      isMismatch: sees !== null && sees.powerBankId !== (bank?.powerBankId ?? null),
      failures: failed?.failures ?? 0,
      lastFailureAtMs: failed ? Date.parse(failed.lastAt) : null,
    };
  });
