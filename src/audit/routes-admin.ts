// The audit log, for staff. Mounted at /admin/audit.
import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { isoTime } from "../lib/clock.ts";
import { listAudit } from "./service.ts";

const AuditQuery = z.strictObject({
  subject: z
    .string()
    .regex(/^[A-Za-z0-9_:-]{1,80}$/)
    .optional()
    .meta({
      description: "The id of a rental, station, power bank, person, ticket …; a rental's rows are its timeline",
    }),
  cursor: z
    .string()
    .regex(/^[1-9][0-9]{0,14}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

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
    summary: "Who did what to what, newest first; of everything or of one subject",
    tag: "audit",
    access: "staff",
    answers: { 200: { description: "A page", schema: AuditPage } },
    problems: ["invalid_request"],
  }),
  requireStaff("support", "finance", "admin"),
  validate("query", AuditQuery),
  async (c) => {
    const { subject = null, cursor = null, limit } = c.req.valid("query");
    const { items, nextCursor } = await listAudit(c.get("deps"), { subject, cursor, limit });
    return c.json({ items: items.map((row) => ({ ...row, at: isoTime(Date.parse(row.at)) })), nextCursor });
  },
);
