import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import { plainText } from "../lib/plain-text.ts";
import { type TicketNote, TicketPart, TicketRecord, ticketStates } from "./record.ts";

const ticketId = z
  .string()
  .regex(idPattern("mnt"))
  .transform((text) => text as Id<"mnt">);
const stationId = z.string().regex(idPattern("stn"));
const powerBankId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);
const body = plainText(2_000);

export const TicketParam = z.strictObject({ id: ticketId });
export const TicketsQuery = z.strictObject({
  state: z.enum([...ticketStates, "unclosed", "all"]).default("unclosed"),
  kind: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .optional(),
  stationId: stationId.optional(),
  powerBankId: powerBankId.optional(),
  assignedTo: z
    .string()
    .regex(/^(me|usr_[0-9a-hjkmnp-tv-z]{26})$/)
    .optional(),
  cursor: ticketId.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const OpenTicket = z
  .strictObject({
    title: plainText(200),
    body: body.optional(),
    stationId: stationId.optional(),
    slot: z.int().min(1).max(64).optional(),
    powerBankId: powerBankId.optional(),
    rentalId: z.string().regex(idPattern("rnt")).optional(),
  })
  .meta({ id: "OpenTicket" });

export const WorkOnTicket = z
  .strictObject({
    note: body,
    parts: z
      .array(z.strictObject({ part: plainText(80), quantity: z.int().min(1).max(1_000) }))
      .max(50)
      .default([])
      .meta({ description: "What went in" }),
    state: z.enum(ticketStates).optional(),
    assignee: z
      .string()
      .regex(/^(me|nobody|usr_[0-9a-hjkmnp-tv-z]{26})$/)
      .optional()
      .meta({ description: "`me`, `nobody`, or an agent's, support's or admin's id" }),
  })
  .meta({ id: "WorkOnTicket" });

const time = z.iso.datetime();
export const TicketView = z
  .object({
    ...TicketRecord.omit({ createdAtMs: true, changedAtMs: true, closedAtMs: true }).shape,
    id: z.string(),
    kind: z.string().meta({
      description:
        "`manual`, or what opened it: `slot_quarantined`, `bank_quarantined`, `station_alert`, `station_offline`, `missing_bank`, `unknown_bank`, `retired_bank` …",
    }),
    occurrences: z.int().meta({ description: "How often the same trouble came while it was open" }),
    createdAt: time,
    changedAt: time,
    closedAt: time.nullable(),
  })
  .meta({ id: "Ticket" });
export const TicketPage = z
  .object({ items: z.array(TicketView), nextCursor: z.string().nullable() })
  .meta({ id: "TicketPage" });
export const TicketReadingView = z
  .object({
    ticket: TicketView,
    notes: z.array(z.object({ author: z.string(), body: z.string(), parts: z.array(TicketPart), at: time })),
  })
  .meta({ id: "TicketReading" });

export const ticketView = (record: TicketRecord): z.infer<typeof TicketView> => {
  const { createdAtMs, changedAtMs, closedAtMs, ...facts } = record;
  return {
    ...facts,
    createdAt: isoTime(createdAtMs),
    changedAt: isoTime(changedAtMs),
    closedAt: closedAtMs === null ? null : isoTime(closedAtMs),
  };
};
export const ticketReadingView = (ticket: TicketRecord, notes: TicketNote[]): z.infer<typeof TicketReadingView> => ({
  ticket: ticketView(ticket),
  notes: notes.map(({ atMs, ...note }) => ({ ...note, at: isoTime(atMs) })),
});
