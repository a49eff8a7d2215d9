// The SQL of rentals. Each change is one function of the database, one round trip; see drizzle/functions for what it locks.
import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { rentals } from "../db/schema/rentals.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import type { StationProjection } from "../stations/port.ts";
import type { Presence } from "../stations/service.ts";
import { RentalRecord } from "./record.ts";

export interface KeyUse {
  route: string;
  key: string;
  /** SHA-256 of the body, hex. */
  bodyHash: string;
}

const Opened = z.discriminatedUnion("status", [
  z.object({
    status: z.enum(["dispensing", "awaiting_payment", "replayed"]),
    missingTzs: z.int().default(0),
    rental: RentalRecord,
  }),
  z.object({ status: z.literal("rental_already_open"), rentalId: z.string() }),
  z.object({ status: z.literal("debt_open"), debtTzs: z.int() }),
  z.object({ status: z.literal("insufficient_funds"), missingTzs: z.int() }),
  z.object({
    status: z.enum([
      "idempotency_mismatch",
      "unauthenticated",
      "account_suspended",
      "account_closed",
      "forbidden",
      "station_unknown",
      "station_unavailable",
      "qr_expired",
      "qr_invalid",
      "screen_code_required",
      "station_closed",
      "station_offline",
      "no_power_bank",
    ]),
  }),
]);
export type Opened = z.infer<typeof Opened>;

export interface PaymentIntent {
  id: Id<"pay">;
  externalId: string;
  provider: string;
  msisdnSealed: string;
  expiresAtMs: number;
  /** The prompt waits until then; unset: whoever opens the rental sends it. */
  promptAtMs?: number;
  /** The payer's PIN is the only proof of who asks: what a wallet has is not enough. */
  isProof?: boolean;
}

export interface OpenInput {
  rentalId: Id<"rnt">;
  userId: Id<"usr">;
  stationCode: string;
  /** What proves that the renter stands before the station. */
  presence: Presence;
  key: KeyUse;
  payment: PaymentIntent | null;
  leaseSeconds: number;
  nowMs: number;
  requestId: string;
}

export const openRental = (db: Database, { nowMs, payment, ...input }: OpenInput): Promise<Opened> =>
  callFunction(
    db,
    "rental_open",
    {
      ...input,
      payment: payment && {
        ...payment,
        expiresAt: isoTime(payment.expiresAtMs),
        promptAt: payment.promptAtMs === undefined ? null : isoTime(payment.promptAtMs),
      },
      now: isoTime(nowMs),
    },
    Opened,
  );

const Cancelled = z.discriminatedUnion("status", [
  z.object({ status: z.literal("cancelled"), isRepeat: z.boolean(), rental: RentalRecord }),
  z.object({ status: z.literal("not_cancellable"), rental: RentalRecord }),
  z.object({ status: z.literal("rental_unknown") }),
]);
export type Cancelled = z.infer<typeof Cancelled>;

export interface CancelInput {
  rentalId: Id<"rnt">;
  /** Only a rental of this renter. */
  userId?: Id<"usr">;
  from: ("awaiting_payment" | "dispensing")[];
  reason: string;
  messageId: Id<"msg">;
  actor: string;
  station?: { stationId: Id<"stn">; projection: StationProjection };
  nowMs: number;
  requestId: string;
}

export const cancelRental = (db: Database, { nowMs, station, ...input }: CancelInput): Promise<Cancelled> =>
  callFunction(db, "rental_cancel", { ...input, ...station, now: isoTime(nowMs) }, Cancelled);

/** A movement that ends a rental: when and where the bank was first seen, and the event that says so. */
export const Closing = z.object({
  eventKey: z.string(),
  atMs: z.int(),
  stationId: z.string().transform((text) => text as Id<"stn">),
  slot: z.int(),
});
export type Closing = z.infer<typeof Closing>;

const Activated = z.discriminatedUnion("status", [
  z.object({ status: z.literal("active"), rental: RentalRecord, found: Closing.nullish() }),
  z.object({ status: z.literal("close_first"), rental: RentalRecord, ...Closing.shape }),
  z.object({ status: z.literal("ignored"), reason: z.string(), rental: RentalRecord.optional() }),
]);
export type Activated = z.infer<typeof Activated>;

export interface MovementInput {
  stationId: Id<"stn">;
  powerBankId: string;
  slot: number;
  atMs: number;
  eventKey: string;
  bootId: string;
  seq: number;
  evidence: string;
  projection: StationProjection;
  nowMs: number;
  requestId: string;
}

export interface ActivateInput extends MovementInput {
  rentalId: Id<"rnt">;
  commandId: Id<"cmd">;
  commandExpiresAtMs: number;
  messageId: Id<"msg">;
}

export const activateRental = (
  db: Database,
  { nowMs, atMs, commandExpiresAtMs, ...input }: ActivateInput,
): Promise<Activated> =>
  callFunction(
    db,
    "rental_activate",
    {
      ...input,
      at: isoTime(atMs),
      commandExpiresAt: isoTime(commandExpiresAtMs),
      now: isoTime(nowMs),
    },
    Activated,
  );

const bank = z.object({ powerBankId: z.string(), cycles: z.int(), isHeld: z.boolean() });

const Returned = z.discriminatedUnion("status", [
  z.object({ status: z.literal("settle"), rental: RentalRecord, bank, ...Closing.shape }),
  z.object({
    status: z.enum(["settled", "stale", "unmatched", "unknown_bank", "retired_bank"]),
    rental: RentalRecord.optional(),
    bank,
  }),
]);
export type Returned = z.infer<typeof Returned>;

/** `latestAtMs`: set when `atMs` is only the earliest that the record allows. */
export const recordReturn = (
  db: Database,
  { nowMs, atMs, latestAtMs = atMs, ...input }: MovementInput & { latestAtMs?: number },
): Promise<Returned> =>
  callFunction(
    db,
    "custody_return",
    { ...input, at: isoTime(atMs), latestAt: isoTime(latestAtMs), now: isoTime(nowMs) },
    Returned,
  );

const Taken = z.object({ status: z.enum(["taken", "unknown_bank", "retired_bank"]) });

/** A departure without a rental. */
export const recordTaken = (
  db: Database,
  { nowMs, atMs, ...input }: Omit<MovementInput, "evidence">,
): Promise<z.infer<typeof Taken>> =>
  callFunction(db, "custody_taken", { ...input, at: isoTime(atMs), now: isoTime(nowMs) }, Taken);

const Settled = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("settled"),
    isRepeat: z.boolean(),
    rental: RentalRecord,
    refundTzs: z.int(),
    debtTzs: z.int(),
  }),
  z.object({ status: z.literal("changed"), rental: RentalRecord }),
  z.object({ status: z.literal("stale"), rental: RentalRecord.optional() }),
]);
export type Settled = z.infer<typeof Settled>;

export interface SettleInput extends Closing {
  rentalId: Id<"rnt">;
  version: number;
  lines: z.infer<typeof RentalRecord>["lines"];
  totalTzs: number;
  vatTzs: number;
  netTzs: number;
  vatPercent: number;
  isFreeReturn: boolean;
  receiptId: Id<"rcp">;
  receiptToken: string;
  messageId: Id<"msg">;
  actor: string;
  nowMs: number;
  requestId: string;
}

export const settleRental = (db: Database, { nowMs, atMs, ...input }: SettleInput): Promise<Settled> =>
  callFunction(db, "rental_settle", { ...input, at: isoTime(atMs), now: isoTime(nowMs) }, Settled);

const record = sql`rental_json(${rentals})`.mapWith((value: unknown) => RentalRecord.parse(value));

/** Null when there is none, or it is somebody else's. */
export const findRental = async (
  db: Database,
  rentalId: Id<"rnt">,
  userId: Id<"usr">,
): Promise<RentalRecord | null> => {
  const [row] = await runStatement(() =>
    db
      .select({ record })
      .from(rentals)
      .where(and(eq(rentals.id, rentalId), eq(rentals.userId, userId))),
  );
  return row?.record ?? null;
};

/** The renter's open rental: the newest, should an old one have re-opened beside it. */
export const findOpenRental = async (db: Database, userId: Id<"usr">): Promise<RentalRecord | null> => {
  const [row] = await runStatement(() =>
    db
      .select({ record })
      .from(rentals)
      .where(and(eq(rentals.userId, userId), inArray(rentals.status, ["awaiting_payment", "dispensing", "active"])))
      // Beside the rental of a swapped bank that is still out.
      .orderBy(desc(rentals.countsTowardLimit), desc(rentals.id))
      .limit(1),
  );
  return row?.record ?? null;
};

/** A page of history, newest first, starting below `beforeId`. */
export const listRentals = async (
  db: Database,
  userId: Id<"usr">,
  beforeId: string | null,
  limit: number,
): Promise<RentalRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ record })
      .from(rentals)
      .where(and(eq(rentals.userId, userId), beforeId === null ? undefined : lt(rentals.id, beforeId)))
      .orderBy(desc(rentals.id))
      .limit(limit),
  );
  return rows.map((row) => row.record);
};

const SweepList = z.object({
  expiredLeases: z.array(z.object({ rentalId: z.string(), stationId: z.string() })),
  dispensing: z.array(z.object({ rentalId: z.string(), stationId: z.string(), lastActionAtMs: z.int() })),
  notices: z.array(z.string()),
  failedCallbacks: z.array(
    z.object({
      id: z.int(),
      provider: z.string(),
      bodyHash: z.string(),
      bodySealed: z.string(),
      signature: z.string(),
      receivedAtMs: z.int(),
    }),
  ),
  configs: z.array(z.string()),
  openStations: z.array(z.string()),
  silentStations: z.array(z.string()),
});
export type SweepList = z.infer<typeof SweepList>;

/** What a crash may have left between two steps, over all features: one read. */
export const listUnfinished = (db: Database, nowMs: number, limit: number): Promise<SweepList> =>
  callFunction(db, "sweep_list", { now: isoTime(nowMs), limit }, SweepList);
