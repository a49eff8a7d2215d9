// The SQL of rentals, for staff.
import { and, asc, desc, eq, inArray, lt, sql } from "drizzle-orm";
import { type Database, runStatement } from "../db/client.ts";
import { custody, rentals } from "../db/schema/rentals.ts";
import type { Id } from "../lib/ids.ts";
import { RentalRecord } from "./record.ts";

export interface RentalRow {
  record: RentalRecord;
  userId: string;
  powerBankId: string | null;
}

const row = {
  record: sql`rental_json(${rentals})`.mapWith((value: unknown) => RentalRecord.parse(value)),
  userId: rentals.userId,
  powerBankId: rentals.powerBankId,
};

export interface RentalFilter {
  userId?: string | undefined;
  /** Of one station those that are open. */
  stationId?: string | undefined;
}

/** Newest first, below `beforeId`. */
export const listAllRentals = (
  db: Database,
  { userId, stationId }: RentalFilter,
  beforeId: string | null,
  limit: number,
): Promise<RentalRow[]> =>
  runStatement(() =>
    db
      .select(row)
      .from(rentals)
      .where(
        and(
          userId === undefined ? undefined : eq(rentals.userId, userId),
          stationId === undefined
            ? undefined
            : and(
                eq(rentals.stationId, stationId),
                inArray(rentals.status, ["awaiting_payment", "dispensing", "active"]),
              ),
          beforeId === null ? undefined : lt(rentals.id, beforeId),
        ),
      )
      .orderBy(desc(rentals.id))
      .limit(limit),
  );

export const findAnyRental = async (db: Database, rentalId: Id<"rnt">): Promise<RentalRow | null> => {
  const [found] = await runStatement(() => db.select(row).from(rentals).where(eq(rentals.id, rentalId)));
  return found ?? null;
};

export interface RentalMovement {
  direction: "in" | "out";
  stationId: string;
  slot: number;
  powerBankId: string;
  outcome: string;
  evidence: string;
  at: string;
}

/** What stations proved of it, oldest first. */
export const listMovementsOf = (db: Database, rentalId: Id<"rnt">): Promise<RentalMovement[]> =>
  runStatement(() =>
    db
      .select({
        direction: custody.direction,
        stationId: custody.stationId,
        slot: custody.slot,
        powerBankId: custody.powerBankId,
        outcome: custody.outcome,
        evidence: custody.evidence,
        at: custody.at,
      })
      .from(custody)
      .where(eq(custody.rentalId, rentalId))
      .orderBy(asc(custody.at), asc(custody.id))
      .limit(20),
  );
