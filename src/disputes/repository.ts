// The SQL of disputes.
import { and, asc, between, desc, eq, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { disputes } from "../db/schema/disputes.ts";
import { custody } from "../db/schema/rentals.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { DisputeRecord, type StationEvidence } from "./record.ts";

interface KeyUse {
  route: string;
  key: string;
  bodyHash: string;
}

const Opened = z.discriminatedUnion("status", [
  z.object({
    status: z.enum(["opened", "replayed"]),
    dispute: DisputeRecord,
    /** Whose records to keep, and of when. */
    stationIds: z.array(z.string().transform((text) => text as Id<"stn">)),
    powerBankId: z.string().nullable(),
    fromMs: z.int(),
    toMs: z.int(),
  }),
  z.object({
    status: z.enum([
      "dispute_open",
      "dispute_unavailable",
      "rental_unknown",
      "station_unknown",
      "idempotency_mismatch",
      "unauthenticated",
    ]),
  }),
]);
export type Opened = z.infer<typeof Opened>;

export interface OpenInput {
  disputeId: Id<"dsp">;
  rentalId: Id<"rnt">;
  userId: Id<"usr">;
  kind: DisputeRecord["kind"];
  textSealed: string;
  stationCode: string | null;
  key: KeyUse;
  actor: string;
  nowMs: number;
  requestId: string;
}

export const openDispute = (db: Database, { nowMs, ...input }: OpenInput): Promise<Opened> =>
  callFunction(db, "dispute_open", { ...input, now: isoTime(nowMs) }, Opened);

/** Of a station that is kept already nothing changes. */
export const keepEvidence = async (db: Database, disputeId: Id<"dsp">, stations: StationEvidence[]): Promise<void> => {
  await callFunction(db, "dispute_keep", { disputeId, stations }, z.object({ status: z.enum(["kept", "unknown"]) }));
};

const Decided = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["decided", "replayed"]), dispute: DisputeRecord }),
  z.object({ status: z.literal("credit_too_high"), line: z.int(), remainingTzs: z.int() }),
  z.object({
    status: z.enum([
      "dispute_unknown",
      "dispute_decided",
      "receipt_not_ready",
      "receipt_credited",
      "account_closed",
      "forbidden",
      "idempotency_mismatch",
    ]),
  }),
]);

export interface DecideInput {
  disputeId: Id<"dsp">;
  staffId: Id<"usr">;
  outcome: NonNullable<DisputeRecord["outcome"]>;
  amountTzs: number;
  note: string;
  creditNoteId: Id<"crn">;
  token: string;
  messageId: Id<"msg">;
  key: KeyUse;
  actor: string;
  nowMs: number;
  requestId: string;
}

export const decideDispute = (db: Database, { nowMs, ...input }: DecideInput): Promise<z.infer<typeof Decided>> =>
  callFunction(db, "dispute_decide", { ...input, now: isoTime(nowMs) }, Decided);

const record = sql`dispute_json(${disputes})`.mapWith((value: unknown) => DisputeRecord.parse(value));

export const findDispute = async (db: Database, disputeId: Id<"dsp">): Promise<DisputeRecord | null> => {
  const [row] = await runStatement(() => db.select({ record }).from(disputes).where(eq(disputes.id, disputeId)));
  return row?.record ?? null;
};

/** The one about a rental of this renter. */
export const findDisputeOf = async (
  db: Database,
  rentalId: Id<"rnt">,
  userId: Id<"usr">,
): Promise<DisputeRecord | null> => {
  const [row] = await runStatement(() =>
    db
      .select({ record })
      .from(disputes)
      .where(and(eq(disputes.rentalId, rentalId), eq(disputes.userId, userId))),
  );
  return row?.record ?? null;
};

/** Newest first, below `beforeId`. */
export const listDisputes = async (
  db: Database,
  page: { state: "open" | "all"; beforeId: Id<"dsp"> | null; limit: number },
): Promise<DisputeRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ record })
      .from(disputes)
      .where(
        and(
          page.state === "open" ? sql`state = 'open'` : undefined,
          page.beforeId === null ? undefined : lt(disputes.id, page.beforeId),
        ),
      )
      .orderBy(desc(disputes.id))
      .limit(page.limit),
  );
  return rows.map((row) => row.record);
};

export interface Movement {
  direction: "in" | "out";
  stationId: string;
  slot: number;
  rentalId: string | null;
  outcome: string;
  evidence: string;
  atMs: number;
}

/** Of one bank, oldest first, whosever rental it was. */
export const listMovements = async (
  db: Database,
  powerBankId: string,
  fromMs: number,
  toMs: number,
): Promise<Movement[]> => {
  const rows = await runStatement(() =>
    db
      .select({
        direction: custody.direction,
        stationId: custody.stationId,
        slot: custody.slot,
        rentalId: custody.rentalId,
        outcome: custody.outcome,
        evidence: custody.evidence,
        at: custody.at,
      })
      .from(custody)
      .where(and(eq(custody.powerBankId, powerBankId), between(custody.at, isoTime(fromMs), isoTime(toMs))))
      .orderBy(asc(custody.at), asc(custody.id))
      .limit(200),
  );
  return rows.map(({ at, ...row }) => ({ ...row, atMs: Date.parse(at) }));
};
