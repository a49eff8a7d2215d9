// The SQL of returns that no station reported by itself.
import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { RentalRecord } from "./record.ts";
import { Closing, type KeyUse } from "./repository.ts";

const Reported = z.discriminatedUnion("status", [
  z.object({ status: z.literal("stored"), rental: RentalRecord, isPaused: z.boolean() }),
  z.object({ status: z.literal("changed"), rental: RentalRecord }),
  z.object({ status: z.literal("rental_unknown") }),
]);

export type Sight = "present" | "absent" | "full" | "offline";

export interface ReturnReport {
  rentalId: Id<"rnt">;
  userId: Id<"usr">;
  version: number;
  stationId: Id<"stn">;
  sight: Sight;
  pause: { fromMs: number; toMs: number } | null;
  dueAtMs: number;
  actor: string;
  nowMs: number;
  requestId: string;
}

export const storeReturnReport = (db: Database, { nowMs, ...input }: ReturnReport): Promise<z.infer<typeof Reported>> =>
  callFunction(db, "rental_return_report", { ...input, now: isoTime(nowMs) }, Reported);

const HandedIn = z.discriminatedUnion("status", [
  z.object({ status: z.literal("settle"), rental: RentalRecord, ...Closing.shape }),
  z.object({ status: z.enum(["over", "rental_not_active"]), rental: RentalRecord }),
  z.object({
    status: z.enum(["bank_mismatch", "return_proof_invalid", "station_unknown", "idempotency_mismatch", "forbidden"]),
  }),
]);

export interface HandIn {
  /** As the return QR names it; null: by its code. */
  rentalId: Id<"rnt"> | null;
  returnCode: string | null;
  powerBankId: string;
  stationCode: string;
  staffId: Id<"usr">;
  use: KeyUse;
  nowMs: number;
  requestId: string;
}

export const handIn = (db: Database, { nowMs, ...input }: HandIn): Promise<z.infer<typeof HandedIn>> =>
  callFunction(db, "rental_hand_in", { ...input, now: isoTime(nowMs) }, HandedIn);
