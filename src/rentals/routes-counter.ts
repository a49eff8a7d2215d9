// The counter of a staffed kiosk. Mounted at /admin/returns.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { drainMessages } from "../messages/service.ts";
import { numberReceipts } from "../receipts/service.ts";
import { RentalView, rentalView, TakeByHand } from "./schemas.ts";
import { takeByHand } from "./service.ts";

export const returnsAdmin = new Hono<AppEnv>().post(
  "/",
  operation({
    id: "takeByHand",
    summary: "Take a power bank over the counter: its rental ends now",
    tag: "rentals",
    access: "staff",
    hasBody: true,
    isIdempotent: true,
    answers: { 200: { description: "The rental with its bill", schema: RentalView } },
    problems: ["return_proof_invalid", "bank_mismatch", "rental_not_active", "station_unknown"],
  }),
  requireStaff("agent", "admin"),
  idempotent,
  validate("json", TakeByHand),
  async (c) => {
    const deps = c.get("deps");
    const input = { ...c.req.valid("json"), use: c.get("idempotency"), requestId: c.get("requestId") };
    const rental = await takeByHand(deps, c.get("actor"), input);
    deps.defer(numberReceipts(deps));
    deps.defer(drainMessages(deps));
    return c.json(rentalView(rental, deps.clock.now()));
  },
);
