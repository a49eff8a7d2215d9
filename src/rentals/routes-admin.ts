// Rentals, for staff. Mounted at /admin/rentals.
import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { isoTime } from "../lib/clock.ts";
import { idPattern } from "../lib/ids.ts";
import { RentalParam, RentalView, rentalView } from "./schemas.ts";
import { listRentalsForStaff, readRentalForStaff, type RentalRow } from "./staff.ts";

const tag = "people";
const access = "staff";

const RentalsQuery = z.strictObject({
  userId: z.string().regex(idPattern("usr")).optional(),
  stationId: z
    .string()
    .regex(idPattern("stn"))
    .optional()
    .meta({ description: "Those that are open, of this station" }),
  cursor: z.string().regex(idPattern("rnt")).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

const StaffRental = z.object({ rental: RentalView, userId: z.string(), powerBankId: z.string().nullable() });
const StaffRentalPage = z
  .object({ items: z.array(StaffRental), nextCursor: z.string().nullable() })
  .meta({ id: "RentalForStaffPage" });
const StaffRentalReading = StaffRental.extend({
  movements: z
    .array(
      z.object({
        direction: z.enum(["in", "out"]),
        stationId: z.string(),
        slot: z.int(),
        powerBankId: z.string(),
        outcome: z.string(),
        evidence: z.string(),
        at: z.iso.datetime(),
      }),
    )
    .meta({ description: "What stations proved, oldest first" }),
}).meta({ id: "RentalForStaff" });

const view = ({ record, userId, powerBankId }: RentalRow, nowMs: number): z.infer<typeof StaffRental> => ({
  rental: rentalView(record, nowMs),
  userId,
  powerBankId,
});

export const rentalsAdmin = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "listRentalsAsStaff",
      summary: "Rentals, newest first: all, one person's, or those that are open at one station",
      tag,
      access,
      answers: { 200: { description: "A page", schema: StaffRentalPage } },
      problems: ["invalid_request"],
    }),
    requireStaff("support", "finance", "admin"),
    validate("query", RentalsQuery),
    async (c) => {
      const { cursor = null, ...input } = c.req.valid("query");
      const deps = c.get("deps");
      const { items, nextCursor } = await listRentalsForStaff(deps, { ...input, cursor });
      return c.json({ items: items.map((row) => view(row, deps.clock.now())), nextCursor });
    },
  )
  .get(
    "/:id",
    operation({
      id: "readRentalAsStaff",
      summary: "One rental, and what stations proved of it; its timeline is in the audit log under its id",
      tag,
      access,
      answers: { 200: { description: "The rental", schema: StaffRentalReading } },
      problems: ["rental_unknown", "invalid_request"],
    }),
    requireStaff("agent", "support", "finance", "admin"),
    validate("param", RentalParam),
    async (c) => {
      const deps = c.get("deps");
      const { movements, ...row } = await readRentalForStaff(deps, c.req.valid("param").id);
      return c.json({
        ...view(row, deps.clock.now()),
        movements: movements.map((one) => ({ ...one, at: isoTime(Date.parse(one.at)) })),
      });
    },
  );
