// The shape in which the database answers about a ticket: ticket_json of drizzle/functions.
import { z } from "zod";
import type { Id } from "../lib/ids.ts";

export const ticketStates = ["open", "in_progress", "done", "dropped"] as const;

export const TicketRecord = z.object({
  id: z.string().transform((text) => text as Id<"mnt">),
  kind: z.string(),
  state: z.enum(ticketStates),
  title: z.string(),
  detail: z.record(z.string(), z.unknown()),
  stationId: z.string().nullable(),
  stationCode: z.string().nullable(),
  stationName: z.string().nullable(),
  slot: z.int().nullable(),
  powerBankId: z.string().nullable(),
  rentalId: z.string().nullable(),
  assignedTo: z.string().nullable(),
  openedBy: z.string(),
  occurrences: z.int(),
  createdAtMs: z.int(),
  changedAtMs: z.int(),
  closedAtMs: z.int().nullable(),
  closedBy: z.string().nullable(),
});
export type TicketRecord = z.infer<typeof TicketRecord>;

export const TicketPart = z.object({ part: z.string(), quantity: z.int() });

export interface TicketNote {
  author: string;
  body: string;
  parts: z.infer<typeof TicketPart>[];
  atMs: number;
}
