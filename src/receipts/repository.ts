// The SQL of receipts and credit notes. Each change is one function of the database, one round trip.
import { and, asc, desc, eq, gt, isNull, lt, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { creditNotes, type creditNoteReasons, receipts } from "../db/schema/receipts.ts";
import { rentals } from "../db/schema/rentals.ts";
import { stations } from "../db/schema/stations.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { CreditNoteRecord, ReceiptRecord } from "./record.ts";

const receipt = sql`receipt_json(${receipts})`.mapWith((value: unknown) => ReceiptRecord.parse(value));
const creditNote = sql`credit_note_json(${creditNotes})`.mapWith((value: unknown) => CreditNoteRecord.parse(value));

/** Null when there is none yet, or it is somebody else's. */
export const findReceipt = async (
  db: Database,
  rentalId: Id<"rnt">,
  userId: Id<"usr">,
): Promise<ReceiptRecord | null> => {
  const [row] = await runStatement(() =>
    db
      .select({ receipt })
      .from(receipts)
      .where(and(eq(receipts.rentalId, rentalId), eq(receipts.userId, userId))),
  );
  return row?.receipt ?? null;
};

export const findReceiptById = async (db: Database, receiptId: Id<"rcp">): Promise<ReceiptRecord | null> => {
  const [row] = await runStatement(() => db.select({ receipt }).from(receipts).where(eq(receipts.id, receiptId)));
  return row?.receipt ?? null;
};

/** A page of a renter's receipts, newest first, below `before`. */
export const listReceipts = (
  db: Database,
  userId: Id<"usr">,
  before: Id<"rcp"> | null,
  limit: number,
): Promise<ReceiptRecord[]> =>
  runStatement(() =>
    db
      .select({ receipt })
      .from(receipts)
      .where(and(eq(receipts.userId, userId), before === null ? undefined : lt(receipts.id, before)))
      .orderBy(desc(receipts.id))
      .limit(limit)
      .then((rows) => rows.map((row) => row.receipt)),
  );

/** With what the page says of the rental. */
export interface ReceiptDetails extends ReceiptRecord {
  stationName: string;
  /** Null while the power bank is lost. */
  returnStationName: string | null;
  startedAtMs: number;
  endedAtMs: number;
}

export const findReceiptByToken = async (db: Database, token: string): Promise<ReceiptDetails | null> => {
  const origin = alias(stations, "origin");
  const target = alias(stations, "target");
  const [row] = await runStatement(() =>
    db
      .select({
        receipt,
        stationName: origin.name,
        returnStationName: target.name,
        startedAt: rentals.startedAt,
        endedAt: rentals.endedAt,
      })
      .from(receipts)
      .innerJoin(rentals, eq(rentals.id, receipts.rentalId))
      .innerJoin(origin, eq(origin.id, rentals.stationId))
      .leftJoin(target, eq(target.id, rentals.returnStationId))
      .where(eq(receipts.token, token)),
  );
  if (!row?.startedAt || !row.endedAt) return null;
  const { startedAt, endedAt, stationName, returnStationName } = row;
  return {
    ...row.receipt,
    stationName,
    returnStationName,
    startedAtMs: Date.parse(startedAt),
    endedAtMs: Date.parse(endedAt),
  };
};

export const findCreditNoteByToken = async (db: Database, token: string): Promise<CreditNoteRecord | null> => {
  const [row] = await runStatement(() =>
    db.select({ creditNote }).from(creditNotes).where(eq(creditNotes.token, token)),
  );
  return row?.creditNote ?? null;
};

const Numbered = z.object({ count: z.int() });

/** Numbers up to `limit` documents per kind and fiscal year, in order and without a gap; answers how many. */
export const numberReceipts = async (
  db: Database,
  input: { nowMs: number; limit: number; isFiscal: boolean },
): Promise<number> =>
  (
    await callFunction(
      db,
      "receipts_number",
      { now: isoTime(input.nowMs), limit: input.limit, isFiscal: input.isFiscal },
      Numbered,
    )
  ).count;

/** What a fiscal device has to number, in order: receipts over something. */
export const listUnnumbered = (db: Database, limit: number): Promise<ReceiptRecord[]> =>
  runStatement(() =>
    db
      .select({ receipt })
      .from(receipts)
      .where(and(isNull(receipts.number), gt(receipts.totalTzs, 0)))
      .orderBy(asc(receipts.id))
      .limit(limit)
      .then((rows) => rows.map((row) => row.receipt)),
  );

export interface FiscalNumbers {
  device: {
    serial: string;
    tin: string;
    vrn: string;
    uin: string;
    name: string;
    taxOffice: string;
    receiptCode: string;
    registeredAt: string;
  };
  numbers: {
    receiptId: Id<"rcp">;
    globalCounter: number;
    dailyCounter: number;
    day: string;
    verificationCode: string;
    verifyUrl: string;
    issuedAt: string;
  }[];
}

/** Answers how many had no number before. */
export const storeFiscalNumbers = async (db: Database, input: FiscalNumbers, nowMs: number): Promise<number> =>
  (await callFunction(db, "receipts_number_fiscal", { ...input, now: isoTime(nowMs) }, Numbered)).count;

const Issued = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["issued", "replayed"]), creditNote: CreditNoteRecord }),
  z.object({ status: z.literal("credit_too_high"), line: z.int(), remainingTzs: z.int() }),
  z.object({
    status: z.enum([
      "receipt_credited",
      "receipt_unknown",
      "receipt_not_ready",
      "idempotency_mismatch",
      "unauthenticated",
      "forbidden",
    ]),
  }),
]);
export type Issued = z.infer<typeof Issued>;

export interface IssueInput {
  creditNoteId: Id<"crn">;
  receiptId: Id<"rcp">;
  token: string;
  /** Null: all that is left. */
  lines: { line: number; grossTzs: number }[] | null;
  reason: (typeof creditNoteReasons)[number];
  note: string;
  staffId: Id<"usr">;
  actor: string;
  key: { route: string; key: string; bodyHash: string };
  messageId: Id<"msg">;
  nowMs: number;
  requestId: string;
}

export const issueCreditNote = (db: Database, { nowMs, ...input }: IssueInput): Promise<Issued> =>
  callFunction(db, "credit_note_issue", { ...input, now: isoTime(nowMs) }, Issued);
