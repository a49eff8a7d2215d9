// The SQL of tickets.
import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { ticketNotes, tickets } from "../db/schema/maintenance.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { type TicketNote, TicketPart, TicketRecord } from "./record.ts";

interface StaffInput {
  staffId: Id<"usr">;
  use: { route: string; key: string; bodyHash: string };
  nowMs: number;
  requestId: string;
}

const withTime = <T extends { nowMs: number }>({ nowMs, ...input }: T) => ({ ...input, now: isoTime(nowMs) });

const Opened = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["opened", "replayed"]), ticket: TicketRecord }),
  z.object({ status: z.enum(["station_unknown", "idempotency_mismatch", "forbidden"]) }),
]);

export interface OpenTicketInput extends StaffInput {
  ticketId: Id<"mnt">;
  title: string;
  body: string | null;
  stationId: string | null;
  slot: number | null;
  powerBankId: string | null;
  rentalId: string | null;
}

export const openStoredTicket = (db: Database, input: OpenTicketInput): Promise<z.infer<typeof Opened>> =>
  callFunction(db, "ticket_open", withTime(input), Opened);

const Worked = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["worked", "replayed"]), ticket: TicketRecord }),
  z.object({
    status: z.enum(["ticket_unknown", "ticket_closed", "assignee_unknown", "idempotency_mismatch", "forbidden"]),
  }),
]);

export interface WorkTicketInput extends StaffInput {
  ticketId: Id<"mnt">;
  note: string;
  parts: { part: string; quantity: number }[];
  state: TicketRecord["state"] | null;
  /** A user's id, or `nobody`; null: whoever has it keeps it. */
  assignee: string | null;
}

export const workStoredTicket = (db: Database, input: WorkTicketInput): Promise<z.infer<typeof Worked>> =>
  callFunction(db, "ticket_work", withTime(input), Worked);

const ticket = sql`ticket_json(${tickets})`.mapWith((value: unknown) => TicketRecord.parse(value));

export const findTicket = async (db: Database, ticketId: Id<"mnt">): Promise<TicketRecord | null> => {
  const [row] = await runStatement(() => db.select({ ticket }).from(tickets).where(eq(tickets.id, ticketId)));
  return row?.ticket ?? null;
};

export const listNotes = async (db: Database, ticketId: Id<"mnt">): Promise<TicketNote[]> => {
  const rows = await runStatement(() =>
    db
      .select({ author: ticketNotes.author, body: ticketNotes.body, parts: ticketNotes.parts, at: ticketNotes.at })
      .from(ticketNotes)
      .where(eq(ticketNotes.ticketId, ticketId))
      .orderBy(ticketNotes.id)
      .limit(500),
  );
  return rows.map(({ at, parts, ...note }) => ({
    ...note,
    parts: z.array(TicketPart).parse(parts),
    atMs: Date.parse(at),
  }));
};

export interface TicketFilter {
  states: TicketRecord["state"][] | null;
  kind?: string | undefined;
  stationId?: string | undefined;
  powerBankId?: string | undefined;
  assignedTo?: string | undefined;
}

/** Newest first, below `beforeId`. */
export const listTicketRecords = async (
  db: Database,
  { states, kind, stationId, powerBankId, assignedTo }: TicketFilter,
  beforeId: string | null,
  limit: number,
): Promise<TicketRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ ticket })
      .from(tickets)
      .where(
        and(
          states === null ? undefined : inArray(tickets.state, states),
          kind === undefined ? undefined : eq(tickets.kind, kind),
          stationId === undefined ? undefined : eq(tickets.stationId, stationId),
          powerBankId === undefined ? undefined : eq(tickets.powerBankId, powerBankId),
          assignedTo === undefined ? undefined : eq(tickets.assignedTo, assignedTo),
          beforeId === null ? undefined : lt(tickets.id, beforeId),
        ),
      )
      .orderBy(desc(tickets.id))
      .limit(limit),
  );
  return rows.map((row) => row.ticket);
};
