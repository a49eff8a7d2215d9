// Mounted below /rentals.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireRenter } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { RentalParam } from "../rentals/schemas.ts";
import { DisputeView, disputeView, OpenDispute, OwnDisputeView, ownDisputeView } from "./schemas.ts";
import { openDispute, readOwnDispute } from "./service.ts";

export const disputes = new Hono<AppEnv>()
  .get(
    "/:id/dispute",
    operation({
      id: "readOwnDispute",
      summary: "My dispute about this rental, and what was decided",
      tag: "rentals",
      access: "renter",
      answers: { 200: { description: "The dispute", schema: OwnDisputeView } },
      problems: ["dispute_unknown", "invalid_request"],
    }),
    requireRenter,
    validate("param", RentalParam),
    async (c) => c.json(ownDisputeView(await readOwnDispute(c.get("deps"), c.get("actor"), c.req.valid("param").id))),
  )
  .post(
    "/:id/dispute",
    operation({
      id: "openDispute",
      summary: "Say that a rental went otherwise than its bill says, once and within 60 days; support decides",
      tag: "rentals",
      access: "renter",
      hasBody: true,
      isIdempotent: true,
      answers: { 201: { description: "The dispute", schema: DisputeView } },
      problems: ["rental_unknown", "station_unknown", "dispute_open", "dispute_unavailable"],
    }),
    requireRenter,
    idempotent,
    validate("param", RentalParam),
    validate("json", OpenDispute),
    async (c) => {
      const { stationCode = null, ...said } = c.req.valid("json");
      const { dispute, isReplay } = await openDispute(c.get("deps"), c.get("actor"), {
        ...said,
        stationCode,
        rentalId: c.req.valid("param").id,
        key: c.get("idempotency"),
        requestId: c.get("requestId"),
      });
      return c.json(disputeView(dispute), 201, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  );
