// The SQL of what staff order stations to do.
import { and, asc, desc, eq, inArray, lt, lte, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { staffCommands } from "../db/schema/maintenance.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { StaffCommandRecord } from "./record.ts";
import { type KeyUse, type StaffInput, withTime } from "./repository-staff.ts";

const Ordered = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["ordered", "replayed"]), command: StaffCommandRecord, stationCode: z.string() }),
  z.object({ status: z.literal("bank_not_confirmed"), powerBankId: z.string() }),
  z.object({
    status: z.enum([
      "station_unknown",
      "station_retired",
      "slot_unknown",
      "screen_code_required",
      "idempotency_mismatch",
      "forbidden",
    ]),
  }),
]);

export const storeStaffCommand = (
  db: Database,
  input: StaffInput & {
    commandId: Id<"cmd">;
    stationId: Id<"stn">;
    kind: StaffCommandRecord["kind"];
    slot: number | null;
    powerBankId: string | null;
    showMinutes: number | null;
    reason: string;
    use: KeyUse;
  },
): Promise<z.infer<typeof Ordered>> => callFunction(db, "staff_command_open", withTime(input), Ordered);

const ResultStored = z.discriminatedUnion("status", [
  z.object({ status: z.literal("stored"), command: StaffCommandRecord }),
  z.object({ status: z.literal("command_unknown") }),
]);

export const storeStaffCommandResult = async (
  db: Database,
  input: {
    commandId: Id<"cmd">;
    state: StaffCommandRecord["state"];
    result: string | null;
    nowMs: number;
    requestId: string;
  },
): Promise<StaffCommandRecord> => {
  const stored = await callFunction(db, "staff_command_result", withTime(input), ResultStored);
  if (stored.status !== "stored") throw new Error("an order vanished");
  return stored.command;
};

const command = sql`staff_command_json(${staffCommands})`.mapWith((value: unknown) => StaffCommandRecord.parse(value));

export const findStaffCommand = async (db: Database, commandId: Id<"cmd">): Promise<StaffCommandRecord | null> => {
  const [row] = await runStatement(() =>
    db.select({ command }).from(staffCommands).where(eq(staffCommands.id, commandId)),
  );
  return row?.command ?? null;
};

/** Newest first, below `beforeId`. */
export const listStaffCommands = async (
  db: Database,
  stationId: Id<"stn">,
  beforeId: string | null,
  limit: number,
): Promise<StaffCommandRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ command })
      .from(staffCommands)
      .where(
        and(eq(staffCommands.stationId, stationId), beforeId === null ? undefined : lt(staffCommands.id, beforeId)),
      )
      .orderBy(desc(staffCommands.id))
      .limit(limit),
  );
  return rows.map((row) => row.command);
};

/** Those without an end that were given before, oldest first. */
export const listOpenCommands = async (
  db: Database,
  beforeMs: number,
  limit: number,
): Promise<StaffCommandRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ command })
      .from(staffCommands)
      .where(and(inArray(staffCommands.state, ["requested", "sent"]), lte(staffCommands.createdAt, isoTime(beforeMs))))
      .orderBy(asc(staffCommands.id))
      .limit(limit),
  );
  return rows.map((row) => row.command);
};
