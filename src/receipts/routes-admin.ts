import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireFinance, requireStaff } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { drainMessages } from "../messages/service.ts";
import { creditNoteView, CreditNoteView, IssueCreditNote, ReceiptParam, receiptView, ReceiptView } from "./schemas.ts";
import { issueCreditNote, numberReceipts, readReceiptForStaff } from "./service.ts";

const tag = "finance";

/** Mounted at /admin/receipts. */
export const adminReceipts = new Hono<AppEnv>()
  .get(
    "/:id",
    operation({
      id: "readReceiptAsStaff",
      summary: "Any receipt, with what was taken back of it",
      tag,
      access: "renter",
      answers: { 200: { description: "The receipt", schema: ReceiptView } },
      problems: ["receipt_unknown", "invalid_request", "forbidden"],
    }),
    requireStaff("finance", "admin", "support"),
    validate("param", ReceiptParam),
    async (c) => c.json(receiptView(await readReceiptForStaff(c.get("deps"), c.get("actor"), c.req.valid("param").id))),
  )
  .post(
    "/:id/credit-notes",
    operation({
      id: "issueCreditNote",
      summary: "Take back a receipt, or parts of its lines, into the renter's wallet",
      tag,
      access: "renter",
      hasBody: true,
      isIdempotent: true,
      answers: { 201: { description: "`number` is null for up to a minute", schema: CreditNoteView } },
      problems: ["receipt_unknown", "receipt_not_ready", "receipt_credited", "credit_too_high", "forbidden"],
    }),
    requireFinance,
    idempotent,
    validate("param", ReceiptParam),
    validate("json", IssueCreditNote),
    async (c) => {
      const deps = c.get("deps");
      const { lines = null, ...body } = c.req.valid("json");
      const input = {
        ...body,
        lines,
        receiptId: c.req.valid("param").id,
        key: c.get("idempotency"),
        requestId: c.get("requestId"),
      };
      const { creditNote, isReplay } = await issueCreditNote(deps, c.get("actor"), input);
      deps.defer(numberReceipts(deps));
      deps.defer(drainMessages(deps));
      return c.json(creditNoteView(creditNote), 201, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  );
