// Tickets: work to be done on metal. Facts open them by themselves (`internal_ticket` in the transaction of the fact), people open, work on and
// close them. The database asks each time whether somebody still may.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import type { TicketNote, TicketRecord } from "./record.ts";
import {
  findTicket,
  listNotes,
  listTicketRecords,
  openStoredTicket,
  type OpenTicketInput,
  type TicketFilter,
  type WorkTicketInput,
  workStoredTicket,
} from "./repository.ts";

export { recordAlert, recordFailure, ticketOffline } from "./health.ts";
export type { TicketRecord } from "./record.ts";
export type StaffActor = Extract<Actor, { kind: "staff" }>;

type Own = "staffId" | "nowMs";

/** Opens a ticket by hand. Throws `station_unknown`. */
export const openTicket = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Omit<OpenTicketInput, Own | "ticketId">,
): Promise<{ ticket: TicketRecord; isReplay: boolean }> => {
  const opened = await openStoredTicket(deps.db, {
    ...input,
    ticketId: deps.ids.next("mnt"),
    staffId: actor.userId,
    nowMs: deps.clock.now(),
  });
  if (opened.status !== "opened" && opened.status !== "replayed") throw new AppError(opened.status);
  return { ticket: opened.ticket, isReplay: opened.status === "replayed" };
};

/** A note, with what it changes. `me` as assignee is whoever writes it. Throws `ticket_unknown`, `ticket_closed`, `assignee_unknown`. */
export const workOnTicket = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Omit<WorkTicketInput, Own>,
): Promise<{ ticket: TicketRecord; isReplay: boolean }> => {
  const worked = await workStoredTicket(deps.db, {
    ...input,
    assignee: input.assignee === "me" ? actor.userId : input.assignee,
    staffId: actor.userId,
    nowMs: deps.clock.now(),
  });
  if (worked.status !== "worked" && worked.status !== "replayed") throw new AppError(worked.status);
  return { ticket: worked.ticket, isReplay: worked.status === "replayed" };
};

export const readTicket = async (
  deps: Dependencies,
  ticketId: Id<"mnt">,
): Promise<{ ticket: TicketRecord; notes: TicketNote[] }> => {
  const [ticket, notes] = await Promise.all([findTicket(deps.db, ticketId), listNotes(deps.db, ticketId)]);
  if (!ticket) throw new AppError("ticket_unknown");
  return { ticket, notes };
};

const OPEN: TicketRecord["state"][] = ["open", "in_progress"];

export const listTickets = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Omit<TicketFilter, "states"> & {
    state: TicketRecord["state"] | "unclosed" | "all";
    cursor: string | null;
    limit: number;
  },
): Promise<{ items: TicketRecord[]; nextCursor: string | null }> => {
  const { state, cursor, limit, assignedTo, ...filter } = input;
  const rows = await listTicketRecords(
    deps.db,
    {
      ...filter,
      states: state === "all" ? null : state === "unclosed" ? OPEN : [state],
      assignedTo: assignedTo === "me" ? actor.userId : assignedTo,
    },
    cursor,
    limit + 1,
  );
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
};
