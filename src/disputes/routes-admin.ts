// Disputes, for staff. Mounted at /admin/disputes.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { drainMessages } from "../messages/service.ts";
import { numberReceipts } from "../receipts/service.ts";
import {
  DecideDispute,
  DisputeParam,
  DisputeReadingView,
  disputeReadingView,
  DisputesQuery,
  StaffDisputePage,
  StaffDisputeView,
  staffDisputeView,
} from "./schemas.ts";
import { decideDispute, readDispute, readDisputes } from "./service.ts";

const tag = "people";
const access = "staff";
const staff = requireStaff("support", "finance", "admin");

export const disputesAdmin = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "listDisputes",
      summary: "Disputes, newest first; the open ones unless asked otherwise",
      tag,
      access,
      answers: { 200: { description: "A page", schema: StaffDisputePage } },
      problems: ["invalid_request"],
    }),
    staff,
    validate("query", DisputesQuery),
    async (c) => {
      const { cursor = null, ...page } = c.req.valid("query");
      const { items, nextCursor } = await readDisputes(c.get("deps"), { ...page, cursor });
      return c.json({ items: items.map(staffDisputeView), nextCursor });
    },
  )
  .get(
    "/:id",
    operation({
      id: "readDispute",
      summary: "A dispute with its evidence: the rental, the power bank's movements, what both stations had on record",
      tag,
      access,
      answers: { 200: { description: "The dispute", schema: DisputeReadingView } },
      problems: ["dispute_unknown", "invalid_request"],
    }),
    staff,
    validate("param", DisputeParam),
    async (c) => {
      const deps = c.get("deps");
      return c.json(disputeReadingView(await readDispute(deps, c.req.valid("param").id), deps.clock.now()));
    },
  )
  .post(
    "/:id/decide",
    operation({
      id: "decideDispute",
      summary: "Decide a dispute: a refund with a credit note, a gift of the house, or nothing",
      tag,
      access,
      hasBody: true,
      isIdempotent: true,
      answers: { 200: { description: "Decided", schema: StaffDisputeView } },
      problems: [
        "dispute_unknown",
        "dispute_decided",
        "receipt_not_ready",
        "receipt_credited",
        "credit_too_high",
        "account_closed",
      ],
    }),
    staff,
    idempotent,
    validate("param", DisputeParam),
    validate("json", DecideDispute),
    async (c) => {
      const deps = c.get("deps");
      const { dispute, isReplay } = await decideDispute(deps, c.get("actor"), {
        ...c.req.valid("json"),
        disputeId: c.req.valid("param").id,
        key: c.get("idempotency"),
        requestId: c.get("requestId"),
      });
      deps.defer(numberReceipts(deps));
      deps.defer(drainMessages(deps));
      return c.json(staffDisputeView(dispute), 200, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  );
