// The SQL of what wears out and cries out.
import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import type { StationProjection } from "../stations/port.ts";

interface Told {
  stationId: Id<"stn">;
  atMs: number;
  projection: StationProjection;
  nowMs: number;
  requestId: string;
}

const Led = z.object({
  status: z.literal("recorded"),
  isSlotQuarantined: z.boolean(),
  isBankQuarantined: z.boolean(),
});

export const storeFailure = async (
  db: Database,
  { atMs, nowMs, ...input }: Told & { commandId: Id<"cmd">; powerBankId: string; slot: number; kind: string },
): Promise<{ isSlotQuarantined: boolean; isBankQuarantined: boolean }> => {
  const { status: _status, ...led } = await callFunction(
    db,
    "eject_failed",
    { ...input, at: isoTime(atMs), now: isoTime(nowMs) },
    Led,
  );
  return led;
};

const Watched = z.object({ status: z.literal("watched"), opened: z.int(), ended: z.int() });

export const watchStations = async (
  db: Database,
  input: { nowMs: number; limit: number; requestId: string },
): Promise<{ opened: number; ended: number }> => {
  const { nowMs, ...rest } = input;
  const { opened, ended } = await callFunction(db, "stations_offline", { ...rest, now: isoTime(nowMs) }, Watched);
  return { opened, ended };
};

const Recorded = z.object({ status: z.literal("recorded") });

export const storeAlert = async (
  db: Database,
  { atMs, nowMs, ...input }: Told & { eventKey: string; alert: string; slot: number | null; detail: string | null },
): Promise<void> => {
  await callFunction(db, "station_alert", { ...input, at: isoTime(atMs), now: isoTime(nowMs) }, Recorded);
};
