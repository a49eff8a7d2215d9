// Money without an owner, for people of finance.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireFinance } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { drainMessages } from "../messages/service.ts";
import { staffView } from "./schemas.ts";
import {
  Dismiss,
  DismissView,
  Refund,
  RefundView,
  SuspensePage,
  SuspenseParam,
  SuspenseQuery,
  suspenseView,
} from "./schemas-suspense.ts";
import { dismissSuspenseItem, listSuspenseItems, refundSuspenseItem } from "./service.ts";

const tag = "finance";
const access = "staff";

/** Mounted at /admin. */
export const suspenseAdmin = new Hono<AppEnv>()
  .get(
    "/suspense",
    operation({
      id: "listSuspense",
      summary: "Money that came in and belongs to nothing, newest first",
      tag,
      access,
      answers: { 200: { description: "A page", schema: SuspensePage } },
      problems: ["invalid_request"],
    }),
    requireFinance,
    validate("query", SuspenseQuery),
    async (c) => {
      const { state, cursor = null, limit } = c.req.valid("query");
      const { items, nextCursor } = await listSuspenseItems(c.get("deps"), { state, cursor, limit });
      return c.json({ items: items.map(suspenseView), nextCursor });
    },
  )
  .post(
    "/suspense/:id/refund",
    operation({
      id: "refundSuspense",
      summary: "Give proven money without an owner back to its payer",
      tag,
      access,
      hasBody: true,
      answers: { 200: { description: "On its way, or in the payer's wallet", schema: RefundView } },
      problems: [
        "suspense_unknown",
        "suspense_resolved",
        "suspense_unproven",
        "four_eyes_required",
        "withdrawal_in_flight",
        "withdrawals_off",
        "recipient_unknown",
      ],
    }),
    requireFinance,
    validate("param", SuspenseParam),
    validate("json", Refund),
    async (c) => {
      const deps = c.get("deps");
      const input = { suspenseId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      const withdrawal = await refundSuspenseItem(deps, c.get("actor"), input);
      deps.defer(drainMessages(deps));
      return c.json({ withdrawal: withdrawal && staffView(withdrawal) });
    },
  )
  .post(
    "/suspense/:id/dismiss",
    operation({
      id: "dismissSuspense",
      summary: "Say that money in suspense is not there; the second who says it makes it so",
      tag,
      access,
      hasBody: true,
      answers: { 200: { description: "Heard, or dismissed", schema: DismissView } },
      problems: ["suspense_unknown", "suspense_resolved", "suspense_confirmed", "four_eyes_required"],
    }),
    requireFinance,
    validate("param", SuspenseParam),
    validate("json", Dismiss),
    async (c) => {
      const input = { suspenseId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      const { item, isDismissed } = await dismissSuspenseItem(c.get("deps"), c.get("actor"), input);
      return c.json({ isDismissed, item: suspenseView(item) });
    },
  );
