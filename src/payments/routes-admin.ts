// Payments, for staff. Mounted at /admin/payments.
import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { idPattern } from "../lib/ids.ts";
import { PaymentView, paymentView } from "./schemas.ts";
import { listPaymentsForStaff } from "./staff.ts";

const PaymentsQuery = z.strictObject({
  userId: z.string().regex(idPattern("usr")).optional(),
  cursor: z.string().regex(idPattern("pay")).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
const StaffPaymentPage = z
  .object({
    items: z.array(z.object({ payment: PaymentView, userId: z.string() })),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: "PaymentForStaffPage" });

export const paymentsAdmin = new Hono<AppEnv>().get(
  "/",
  operation({
    id: "listPaymentsAsStaff",
    summary: "Payments, newest first: all, or one person's",
    tag: "finance",
    access: "staff",
    answers: { 200: { description: "A page", schema: StaffPaymentPage } },
    problems: ["invalid_request"],
  }),
  requireStaff("support", "finance", "admin"),
  validate("query", PaymentsQuery),
  async (c) => {
    const { userId = null, cursor = null, limit } = c.req.valid("query");
    const { items, nextCursor } = await listPaymentsForStaff(c.get("deps"), { userId, cursor, limit });
    return c.json({
      items: items.map((payment) => ({ payment: paymentView(payment), userId: payment.userId })),
      nextCursor,
    });
  },
);
