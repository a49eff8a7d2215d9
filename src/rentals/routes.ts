import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requirePayer, requireRenter } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { isoTime } from "../lib/clock.ts";
import { drainMessages } from "../messages/service.ts";
import { ReceiptView, receiptView } from "../receipts/schemas.ts";
import { numberReceipts, readReceipt } from "../receipts/service.ts";
import {
  ExtendRental,
  HistoryQuery,
  LiveTicketView,
  RentalPage,
  RentalParam,
  rentalView,
  RentalView,
  ReportLost,
  StartRental,
  SwapRental,
} from "./schemas.ts";
import {
  abandonRental,
  createLiveTicket,
  extendRental,
  readHistory,
  readOpenRental,
  readRental,
  reportLost,
  startRental,
  swapRental,
} from "./service.ts";

const tag = "rentals";
const one = { 200: { description: "The rental", schema: RentalView } };

export const rentals = new Hono<AppEnv>()
  .post(
    "/start",
    operation({
      id: "startRental",
      summary: "Rent a power bank at a station",
      tag,
      access: "renter",
      hasBody: true,
      isIdempotent: true,
      answers: {
        202: {
          description: "`dispensing`, or `awaiting_payment` with the payment to approve on the phone",
          schema: RentalView,
        },
      },
      problems: [
        "phone_invalid",
        "account_suspended",
        "account_closed",
        "forbidden",
        "rental_already_open",
        "debt_open",
        "insufficient_funds",
        "station_unknown",
        "station_unavailable",
        "qr_expired",
        "qr_invalid",
        "screen_code_required",
        "station_closed",
        "station_offline",
        "no_power_bank",
        "payment_refused",
      ],
    }),
    requirePayer,
    idempotent,
    validate("json", StartRental),
    async (c) => {
      const deps = c.get("deps");
      const requestId = c.get("requestId");
      const { rental, isReplay } = await startRental(deps, c.get("actor"), {
        ...c.req.valid("json"),
        key: c.get("idempotency"),
        requestId,
      });
      return c.json(rentalView(rental, deps.clock.now()), 202, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  )
  .get(
    "/active",
    operation({
      id: "readActiveRental",
      summary: "The open rental, with its live price",
      tag,
      access: "renter",
      answers: one,
      problems: ["rental_unknown"],
    }),
    requireRenter,
    async (c) => c.json(rentalView(await readOpenRental(c.get("deps"), c.get("actor")), c.get("deps").clock.now())),
  )
  .get(
    "/:id",
    operation({
      id: "readRental",
      summary: "A rental, with its live price",
      tag,
      access: "renter",
      answers: one,
      problems: ["rental_unknown", "invalid_request"],
    }),
    requireRenter,
    validate("param", RentalParam),
    async (c) =>
      c.json(
        rentalView(await readRental(c.get("deps"), c.get("actor"), c.req.valid("param").id), c.get("deps").clock.now()),
      ),
  )
  .post(
    "/:id/cancel",
    operation({
      id: "cancelRental",
      summary: "Give up while the payment is awaited",
      tag,
      access: "renter",
      answers: one,
      problems: ["rental_unknown", "rental_not_cancellable", "invalid_request"],
    }),
    requireRenter,
    validate("param", RentalParam),
    async (c) => {
      const rental = await abandonRental(c.get("deps"), c.get("actor"), c.req.valid("param").id, c.get("requestId"));
      return c.json(rentalView(rental, c.get("deps").clock.now()));
    },
  )
  .post(
    "/:id/extend",
    operation({
      id: "extendRental",
      summary: "Buy more time, before or after the end",
      tag,
      access: "renter",
      hasBody: true,
      isIdempotent: true,
      answers: {
        202: { description: "With its new end, or with the payment to approve on the phone", schema: RentalView },
      },
      problems: [
        "phone_invalid",
        "rental_unknown",
        "rental_not_active",
        "extension_unavailable",
        "insufficient_funds",
        "payment_refused",
      ],
    }),
    requirePayer,
    idempotent,
    validate("param", RentalParam),
    validate("json", ExtendRental),
    async (c) => {
      const deps = c.get("deps");
      const input = { rentalId: c.req.valid("param").id, ...c.req.valid("json") };
      const { rental, isReplay } = await extendRental(deps, c.get("actor"), {
        ...input,
        key: c.get("idempotency"),
        requestId: c.get("requestId"),
      });
      deps.defer(drainMessages(deps));
      return c.json(rentalView(rental, deps.clock.now()), 202, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  )
  .post(
    "/:id/swap",
    operation({
      id: "swapRental",
      summary: "Take another power bank at the same station instead of a bad one, without a second deposit",
      tag,
      access: "renter",
      hasBody: true,
      isIdempotent: true,
      answers: {
        202: {
          description: "The rental of the other one; the first ends for nothing when its bank is back",
          schema: RentalView,
        },
      },
      problems: [
        "rental_unknown",
        "rental_not_active",
        "swap_unavailable",
        "account_suspended",
        "account_closed",
        "station_unavailable",
        "station_offline",
        "no_power_bank",
      ],
    }),
    requireRenter,
    idempotent,
    validate("param", RentalParam),
    validate("json", SwapRental),
    async (c) => {
      const deps = c.get("deps");
      const { rental, isReplay } = await swapRental(deps, c.get("actor"), {
        rentalId: c.req.valid("param").id,
        cause: c.req.valid("json").cause,
        key: c.get("idempotency"),
        requestId: c.get("requestId"),
      });
      return c.json(rentalView(rental, deps.clock.now()), 202, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  )
  .post(
    "/:id/report-lost",
    operation({
      id: "reportLost",
      summary: "Say that the power bank is lost: the replacement price is charged, less within 24 hours after the end",
      tag,
      access: "renter",
      hasBody: true,
      isIdempotent: true,
      answers: one,
      problems: ["rental_unknown", "rental_not_active"],
    }),
    requireRenter,
    idempotent,
    validate("param", RentalParam),
    validate("json", ReportLost),
    async (c) => {
      const deps = c.get("deps");
      const { rental, isReplay } = await reportLost(deps, c.get("actor"), {
        rentalId: c.req.valid("param").id,
        cause: c.req.valid("json").cause,
        key: c.get("idempotency"),
        requestId: c.get("requestId"),
      });
      deps.defer(numberReceipts(deps));
      deps.defer(drainMessages(deps));
      return c.json(rentalView(rental, deps.clock.now()), 200, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  )
  .post(
    "/:id/live-ticket",
    operation({
      id: "createLiveTicket",
      summary: "A one-use ticket for the rental's live socket",
      tag,
      access: "renter",
      answers: { 201: { description: "Good once, for 60 seconds", schema: LiveTicketView } },
      problems: ["rental_unknown", "invalid_request"],
    }),
    requireRenter,
    validate("param", RentalParam),
    async (c) => {
      const { id } = c.req.valid("param");
      const { ticket, expiresAtMs } = await createLiveTicket(c.get("deps"), c.get("actor"), id);
      const base = c.get("deps").config.PUBLIC_BASE_URL.replace(/^http/, "ws");
      return c.json(
        { ticket, expiresAt: isoTime(expiresAtMs), url: `${base}/api/v1/rentals/${id}/live?ticket=${ticket}` },
        201,
      );
    },
  )
  .get(
    "/:id/receipt",
    operation({
      id: "readReceipt",
      summary: "The receipt of a finished rental",
      tag,
      access: "renter",
      answers: { 200: { description: "`number` is null for up to a minute", schema: ReceiptView } },
      problems: ["receipt_not_ready", "invalid_request"],
    }),
    requireRenter,
    validate("param", RentalParam),
    async (c) => c.json(receiptView(await readReceipt(c.get("deps"), c.get("actor"), c.req.valid("param").id))),
  );

/** Mounted below /users. */
export const history = new Hono<AppEnv>().get(
  "/rentals",
  operation({
    id: "listRentals",
    summary: "My rentals, newest first",
    tag,
    access: "renter",
    answers: { 200: { description: "A page", schema: RentalPage } },
    problems: ["invalid_request"],
  }),
  requireRenter,
  validate("query", HistoryQuery),
  async (c) => {
    const { cursor = null, limit } = c.req.valid("query");
    const deps = c.get("deps");
    const page = await readHistory(deps, c.get("actor"), { cursor, limit });
    const nowMs = deps.clock.now();
    return c.json({ items: page.items.map((rental) => rentalView(rental, nowMs)), nextCursor: page.nextCursor });
  },
);
