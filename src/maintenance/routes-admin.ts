// Tickets, for staff. Mounted at /admin/tickets.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import {
  OpenTicket,
  TicketPage,
  TicketParam,
  TicketReadingView,
  ticketReadingView,
  TicketsQuery,
  TicketView,
  ticketView,
  WorkOnTicket,
} from "./schemas.ts";
import { listTickets, openTicket, readTicket, workOnTicket } from "./service.ts";

const tag = "maintenance";
const access = "staff";
const staff = requireStaff("agent", "support", "admin");
const replayed = (isReplay: boolean): Record<string, string> => (isReplay ? { "Idempotency-Replayed": "true" } : {});

export const ticketsAdmin = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "listTickets",
      summary: "Tickets, newest first; those that are not closed unless asked otherwise",
      tag,
      access,
      answers: { 200: { description: "A page", schema: TicketPage } },
      problems: ["invalid_request"],
    }),
    staff,
    validate("query", TicketsQuery),
    async (c) => {
      const { cursor = null, ...filter } = c.req.valid("query");
      const { items, nextCursor } = await listTickets(c.get("deps"), c.get("actor"), { ...filter, cursor });
      return c.json({ items: items.map(ticketView), nextCursor });
    },
  )
  .post(
    "/",
    operation({
      id: "openTicket",
      summary: "Open a ticket about a station, a slot, a power bank or a rental",
      tag,
      access,
      hasBody: true,
      isIdempotent: true,
      answers: { 201: { description: "The ticket", schema: TicketView } },
      problems: ["station_unknown"],
    }),
    staff,
    idempotent,
    validate("json", OpenTicket),
    async (c) => {
      const {
        title,
        body = null,
        stationId = null,
        slot = null,
        powerBankId = null,
        rentalId = null,
      } = c.req.valid("json");
      const input = { title, body, stationId, slot, powerBankId, rentalId };
      const { ticket, isReplay } = await openTicket(c.get("deps"), c.get("actor"), {
        ...input,
        use: c.get("idempotency"),
        requestId: c.get("requestId"),
      });
      return c.json(ticketView(ticket), 201, replayed(isReplay));
    },
  )
  .get(
    "/:id",
    operation({
      id: "readTicket",
      summary: "A ticket with its notes and parts",
      tag,
      access,
      answers: { 200: { description: "The ticket", schema: TicketReadingView } },
      problems: ["ticket_unknown", "invalid_request"],
    }),
    staff,
    validate("param", TicketParam),
    async (c) => {
      const { ticket, notes } = await readTicket(c.get("deps"), c.req.valid("param").id);
      return c.json(ticketReadingView(ticket, notes));
    },
  )
  .post(
    "/:id/work",
    operation({
      id: "workOnTicket",
      summary: "A note on a ticket, with parts, and where wanted another state or another person",
      tag,
      access,
      hasBody: true,
      isIdempotent: true,
      answers: { 200: { description: "The ticket as it is now", schema: TicketView } },
      problems: ["ticket_unknown", "ticket_closed", "assignee_unknown"],
    }),
    staff,
    idempotent,
    validate("param", TicketParam),
    validate("json", WorkOnTicket),
    async (c) => {
      const { state = null, assignee = null, ...work } = c.req.valid("json");
      const { ticket, isReplay } = await workOnTicket(c.get("deps"), c.get("actor"), {
        ...work,
        state,
        assignee,
        ticketId: c.req.valid("param").id,
        use: c.get("idempotency"),
        requestId: c.get("requestId"),
      });
      return c.json(ticketView(ticket), 200, replayed(isReplay));
    },
  );
