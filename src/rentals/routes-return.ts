// Returns that no station reported by itself: the renter's word, and the QR for an attendant. Mounted below /rentals.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireRenter } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { isoTime } from "../lib/clock.ts";
import { renderQr } from "../lib/qr.ts";
import { EndRental, EndView, endView, RentalParam, ReturnQrView } from "./schemas.ts";
import { createReturnProof, endRental } from "./service.ts";

const tag = "rentals";

export const rentalReturns = new Hono<AppEnv>()
  .post(
    "/:id/end",
    operation({
      id: "endRental",
      summary: "Say that the power bank is back, where the station did not notice",
      tag,
      access: "renter",
      hasBody: true,
      answers: { 200: { description: "What came of it; the same again changes nothing more", schema: EndView } },
      problems: ["rental_unknown", "rental_not_active", "station_unknown"],
    }),
    requireRenter,
    validate("param", RentalParam),
    validate("json", EndRental),
    async (c) => {
      const deps = c.get("deps");
      const input = { rentalId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      return c.json(endView(await endRental(deps, c.get("actor"), input), deps.clock.now()));
    },
  )
  .get(
    "/:id/return-qr",
    operation({
      id: "readReturnQr",
      summary: "A QR code that an attendant scans when the power bank is handed over the counter",
      tag,
      access: "renter",
      answers: { 200: { description: "Good for ten minutes", schema: ReturnQrView } },
      problems: ["rental_unknown", "rental_not_active", "invalid_request"],
    }),
    requireRenter,
    validate("param", RentalParam),
    async (c) => {
      const { token, expiresAtMs } = await createReturnProof(c.get("deps"), c.get("actor"), c.req.valid("param").id);
      return c.json({ qr: token, svg: renderQr(token), expiresAt: isoTime(expiresAtMs) });
    },
  );
