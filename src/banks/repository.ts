// The SQL of power banks, for staff.
import { and, desc, eq, gt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { ejectFailures } from "../db/schema/maintenance.ts";
import { custody } from "../db/schema/rentals.ts";
import { powerBanks, stationProjections } from "../db/schema/stations.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { BankMovement, BankRecord } from "./record.ts";

interface StaffInput {
  staffId: Id<"usr">;
  nowMs: number;
  requestId: string;
}

const withTime = <T extends { nowMs: number }>({ nowMs, ...input }: T) => ({ ...input, now: isoTime(nowMs) });

const Registered = z.discriminatedUnion("status", [
  z.object({ status: z.literal("registered"), registered: z.array(z.string()), known: z.array(z.string()) }),
  z.object({ status: z.literal("forbidden") }),
]);

export const registerStoredBanks = (
  db: Database,
  input: StaffInput & { powerBankIds: string[] },
): Promise<z.infer<typeof Registered>> => callFunction(db, "banks_register", withTime(input), Registered);

const Changed = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["changed", "taken", "replayed"]), bank: BankRecord }),
  z.object({ status: z.literal("bank_state"), place: z.string() }),
  z.object({ status: z.enum(["bank_unknown", "idempotency_mismatch", "forbidden"]) }),
]);
export type BankChanged = z.infer<typeof Changed>;

export const changeBank = (
  db: Database,
  input: StaffInput & { powerBankId: string; state: "in_service" | "out_of_service" | "retired"; reason: string },
): Promise<BankChanged> => callFunction(db, "bank_change", withTime(input), Changed);

export const takeStoredBank = (
  db: Database,
  input: StaffInput & {
    movementId: Id<"mov">;
    powerBankId: string;
    to: "hands" | "depot";
    reason: string;
    use: { route: string; key: string; bodyHash: string };
  },
): Promise<BankChanged> => callFunction(db, "bank_take", withTime(input), Changed);

const bank = sql`bank_json(${powerBanks})`.mapWith((value: unknown) => BankRecord.parse(value));

export interface BankFilter {
  place?: BankRecord["place"] | undefined;
  stationId?: string | undefined;
  isOutOfService?: boolean | undefined;
  /** Of staff, who has it in hand. */
  heldBy?: Id<"usr"> | undefined;
}

/** A page in the order of the ids, after `afterId`. */
export const listBankRecords = async (
  db: Database,
  filter: BankFilter,
  afterId: string | null,
  limit: number,
): Promise<BankRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ bank })
      .from(powerBanks)
      .where(
        and(
          filter.place === undefined ? undefined : eq(powerBanks.place, filter.place),
          filter.stationId === undefined ? undefined : eq(powerBanks.stationId, filter.stationId),
          filter.isOutOfService === undefined ? undefined : eq(powerBanks.isOutOfService, filter.isOutOfService),
          filter.heldBy === undefined ? undefined : eq(powerBanks.heldBy, filter.heldBy),
          afterId === null ? undefined : gt(powerBanks.id, afterId),
        ),
      )
      .orderBy(powerBanks.id)
      .limit(limit),
  );
  return rows.map((row) => row.bank);
};

/** With the last word of the station where it sits, and its failures since. */
export const findBank = async (
  db: Database,
  powerBankId: string,
  sinceMs: number,
): Promise<{ bank: BankRecord; stationSeenAt: string | null; failures: number } | null> => {
  const [row] = await runStatement(() =>
    db
      .select({
        bank,
        stationSeenAt: stationProjections.seenAt,
        failures: sql<number>`(select count(*)::int from ${ejectFailures} f where f.power_bank_id = ${powerBanks.id}
          and f.at > ${isoTime(sinceMs)})`.mapWith(Number),
      })
      .from(powerBanks)
      .leftJoin(stationProjections, eq(stationProjections.stationId, powerBanks.stationId))
      .where(eq(powerBanks.id, powerBankId)),
  );
  return row ?? null;
};

/** Newest first. */
export const listMovements = async (db: Database, powerBankId: string, limit: number): Promise<BankMovement[]> => {
  const rows = await runStatement(() =>
    db
      .select({
        direction: custody.direction,
        stationId: custody.stationId,
        slot: custody.slot,
        outcome: custody.outcome,
        evidence: custody.evidence,
        rentalId: custody.rentalId,
        at: custody.at,
      })
      .from(custody)
      .where(eq(custody.powerBankId, powerBankId))
      .orderBy(desc(custody.at), desc(custody.id))
      .limit(limit),
  );
  return rows.map(({ at, ...facts }) => BankMovement.parse({ ...facts, atMs: Date.parse(at) }));
};
