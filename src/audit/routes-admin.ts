// The audit log, for staff. Mounted at /admin/audit.
import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { DAY_MS, isoTime } from "../lib/clock.ts";
import { listAudit, needsWindow } from "./service.ts";

/** Of a list that only its time makes short. */
const LONGEST_WINDOW_MS = 7 * DAY_MS;
const at = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const AuditQuery = z
  .strictObject({
    subject: z
      .string()
      .regex(/^[A-Za-z0-9_:-]{1,80}$/)
      .optional()
      .meta({
        description: "The id of a rental, station, power bank, person, ticket …; a rental's rows are its timeline",
      }),
    actor: z
      .string()
      .regex(/^(user|staff|station|provider|system)(:[A-Za-z0-9_:.-]{1,80})?$/)
      .optional()
      .meta({ description: "One actor, or all of a kind: `staff:usr_…`, `staff`", example: "staff" }),
    action: z
      .string()
      .regex(/^[a-z0-9_]{1,64}$/)
      .optional()
      .meta({ description: "As rows of the list name it", example: "station_open" }),
    from: at.optional().meta({ description: "Not before" }),
    to: at.optional().meta({
      description:
        "Before. Without a subject, and unless the actor is of staff, any filter needs both, at most 7 days apart",
    }),
    cursor: z
      .string()
      .regex(/^[1-9][0-9]{0,14}$/)
      .optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  })
  .transform(({ from: fromMs, to: toMs, ...query }) => ({ ...query, fromMs, toMs }))
  .refine(({ fromMs = 0, toMs = Number.POSITIVE_INFINITY }) => fromMs < toMs, { path: ["from"] })
  .refine(
    ({ fromMs = 0, toMs = Number.POSITIVE_INFINITY, ...query }) =>
      !needsWindow({ ...query, fromMs, toMs }) || toMs - fromMs <= LONGEST_WINDOW_MS,
    { path: ["from"] },
  );

const AuditPage = z
  .object({
    items: z.array(
      z.object({
        id: z.int(),
        at: z.iso.datetime(),
        actor: z.string(),
        action: z.string(),
        subject: z.string(),
        detail: z.unknown(),
        requestId: z.string().nullable(),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: "AuditPage" });

export const auditAdmin = new Hono<AppEnv>().get(
  "/",
  operation({
    id: "listAudit",
    summary:
      "Who did what to what, newest first: of everything, of one subject, of one actor or kind of actor, of one action, of a time",
    tag: "audit",
    access: "staff",
    answers: { 200: { description: "A page", schema: AuditPage } },
    problems: ["invalid_request"],
  }),
  requireStaff("support", "finance", "admin"),
  validate("query", AuditQuery),
  async (c) => {
    const { cursor = null, ...filter } = c.req.valid("query");
    const { items, nextCursor } = await listAudit(c.get("deps"), { ...filter, cursor });
    return c.json({ items: items.map((row) => ({ ...row, at: isoTime(Date.parse(row.at)) })), nextCursor });
  },
);
