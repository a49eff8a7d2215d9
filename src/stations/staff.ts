// What staff decide about stations. The database asks each time whether they still may. Whatever changes keys or settings is handed to the
// station's object at once, and by cron until the object says that it holds it.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import { describeError } from "../lib/describe-error.ts";
import type { Id } from "../lib/ids.ts";
import type { OpeningTime } from "./opening-hours.ts";
import type { StationRecord } from "./record.ts";
import {
  addStationKey,
  changeSlot,
  changeStation,
  type KeyUse,
  listStationRecords,
  registerStation,
  retireStationKey,
  retireStoredStation,
  type StationChanges,
} from "./repository-staff.ts";
import { pushConfig } from "./service.ts";
import { drawStationKey, type PrivateStationKey } from "./station-key.ts";

export type StaffActor = Extract<Actor, { kind: "staff" }>;

interface Request {
  requestId: string;
}

/** The database has it; the object hears of it now, or from cron within a minute. */
const pushLater = (deps: Dependencies, stationId: Id<"stn">): void =>
  deps.defer(
    pushConfig(deps, stationId).catch((error: unknown) =>
      deps.log.write("warn", "settings_not_pushed", { stationId, ...describeError(error) }),
    ),
  );

const by = (deps: Dependencies, actor: StaffActor, { requestId }: Request) => ({
  staffId: actor.userId,
  nowMs: deps.clock.now(),
  requestId,
});

export interface Registration extends Request {
  code: string;
  name: string;
  address: string;
  latitude: number;
  longitude: number;
  tariffId: Id<"trf">;
  slotCount: number;
  openingHours: OpeningTime[];
  maxTemperatureC?: number | undefined;
  heartbeatSeconds?: number | undefined;
  driver: "protocol1" | "chargenow" | "volinks";
  vendorId: string | null;
  /** Of a key that the station made itself; null: one is drawn here. */
  publicX: string | null;
  use: KeyUse;
}

export interface WithKey {
  station: StationRecord;
  keyId: string | null;
  /** Of a key that was drawn now. It is kept nowhere, so a repeat cannot show it again. */
  privateKey: PrivateStationKey | null;
  isReplay: boolean;
}

/** Enters a station. Throws `station_code_taken`, `tariff_unknown`. */
export const enterStation = async (deps: Dependencies, actor: StaffActor, input: Registration): Promise<WithKey> => {
  const { publicX, openingHours, requestId, ...facts } = input;
  // A cabinet behind a vendor has no key of ours.
  const drawn = facts.driver === "protocol1" ? await drawStationKey(deps.ids, publicX) : null;
  const registered = await registerStation(deps.db, {
    ...facts,
    openingHours: openingHours.length === 0 ? null : openingHours,
    stationId: deps.ids.next("stn"),
    key: drawn && { keyId: drawn.keyId, x: drawn.x },
    ...by(deps, actor, { requestId }),
  });
  if (registered.status !== "registered" && registered.status !== "replayed") throw new AppError(registered.status);
  const { station } = registered;
  if (station.configVersion > station.confirmedVersion) pushLater(deps, station.id);
  const isReplay = registered.status === "replayed";
  const keyId = station.keys[0]?.keyId ?? null;
  return { station, keyId, privateKey: isReplay ? null : (drawn?.privateKey ?? null), isReplay };
};

/** Another key beside the one it has. Throws `station_keys_full` while two are valid. */
export const giveStationKey = async (
  deps: Dependencies,
  actor: StaffActor,
  { publicX, ...input }: Request & { stationId: Id<"stn">; publicX: string | null; reason: string; use: KeyUse },
): Promise<WithKey> => {
  const drawn = await drawStationKey(deps.ids, publicX);
  const added = await addStationKey(deps.db, {
    ...input,
    key: { keyId: drawn.keyId, x: drawn.x },
    ...by(deps, actor, input),
  });
  if (added.status !== "added" && added.status !== "replayed") throw new AppError(added.status);
  pushLater(deps, input.stationId);
  const isReplay = added.status === "replayed";
  return { station: added.station, keyId: added.keyId, privateKey: isReplay ? null : drawn.privateKey, isReplay };
};

const refuseRetiring = (
  refused: Exclude<Awaited<ReturnType<typeof retireStationKey>>, { status: "retired" }>,
): never => {
  if (refused.status === "station_not_empty")
    throw new AppError(refused.status, { details: { banks: refused.banks, rentals: refused.rentals } });
  throw new AppError(refused.status);
};

/** Ends a key; its sockets are closed. Throws `station_key_last` unless `isLast` says that the station may fall silent. */
export const endStationKey = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Request & { stationId: Id<"stn">; keyId: string; isLast: boolean; reason: string },
): Promise<StationRecord> => {
  const retired = await retireStationKey(deps.db, { ...input, ...by(deps, actor, input) });
  if (retired.status !== "retired") return refuseRetiring(retired);
  pushLater(deps, input.stationId);
  return retired.station;
};

/** Takes a station down for good. Throws `station_not_empty` while banks or waiting rentals are in it. */
export const retireStation = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Request & { stationId: Id<"stn">; reason: string },
): Promise<StationRecord> => {
  const retired = await retireStoredStation(deps.db, { ...input, ...by(deps, actor, input) });
  if (retired.status !== "retired") return refuseRetiring(retired);
  pushLater(deps, input.stationId);
  return retired.station;
};

const changed = (deps: Dependencies, result: Awaited<ReturnType<typeof changeStation>>): StationRecord => {
  if (result.status !== "changed") throw new AppError(result.status);
  pushLater(deps, result.station.id);
  return result.station;
};

export const editStation = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Request & { stationId: Id<"stn">; changes: StationChanges; reason: string },
): Promise<StationRecord> => changed(deps, await changeStation(deps.db, { ...input, ...by(deps, actor, input) }));

/** Takes a slot out of service or puts it back; putting it back lifts a quarantine. Throws `slot_unknown`. */
export const setSlotService = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Request & { stationId: Id<"stn">; slot: number; isInService: boolean; reason: string },
): Promise<StationRecord> => {
  const { isInService, ...facts } = input;
  const state = isInService ? "in_service" : "out_of_service";
  return changed(deps, await changeSlot(deps.db, { ...facts, state, ...by(deps, actor, input) }));
};

export const listStations = async (
  deps: Dependencies,
  page: { cursor: string | null; limit: number },
): Promise<{ items: StationRecord[]; nextCursor: string | null }> => {
  const rows = await listStationRecords(deps.db, page.cursor, page.limit + 1);
  const items = rows.slice(0, page.limit);
  return { items, nextCursor: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null };
};
