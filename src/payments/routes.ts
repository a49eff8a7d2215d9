import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requirePayer, requireRenter } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { requirePathSecret } from "../http/path-secret.ts";
import { validate } from "../http/validate.ts";
import { drainMessages } from "../messages/service.ts";
import { continueAfterPayment } from "../rentals/service.ts";
import { AzamPayCallback, InitiatePayment, PaymentParam, paymentView, PaymentView } from "./schemas.ts";
import { initiatePayment, readPayment, settleCallback } from "./service.ts";

const tag = "payments";
const callback = operation({
  id: "azampayCallback",
  summary: "AzamPay reports the outcome of a checkout",
  tag,
  access: "provider",
  body: AzamPayCallback,
  answers: { 200: { description: "Stored; do not send it again" } },
  problems: ["not_found", "unauthenticated", "payload_too_large"],
});

export const payments = new Hono<AppEnv>()
  .post(
    "/initiate",
    operation({
      id: "initiatePayment",
      summary: "Top up the wallet or pay a debt by mobile money or from a bank",
      tag,
      access: "renter",
      hasBody: true,
      isIdempotent: true,
      answers: { 202: { description: "The prompt is on its way to the phone; not paid yet", schema: PaymentView } },
      problems: [
        "phone_invalid",
        "account_suspended",
        "account_closed",
        "forbidden",
        "payment_refused",
        "payment_amount_invalid",
      ],
    }),
    requirePayer,
    idempotent,
    validate("json", InitiatePayment),
    async (c) => {
      const input = { ...c.req.valid("json"), key: c.get("idempotency"), requestId: c.get("requestId") };
      const { payment, isReplay } = await initiatePayment(c.get("deps"), c.get("actor"), input);
      return c.json(paymentView(payment), 202, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  )
  .on(
    "POST",
    ["/callback/:secret", "/callback"],
    callback,
    requirePathSecret({ hashes: "CALLBACK_SECRET_HASHES", open: "AZAMPAY_CALLBACK_WITHOUT_SECRET" }),
    async (c) => {
      const deps = c.get("deps");
      const settled = await settleCallback(deps, await c.req.text(), c.get("requestId"));
      await continueAfterPayment(deps, settled, c.get("requestId"));
      deps.defer(drainMessages(deps));
      return c.json({ success: true });
    },
  )
  .get(
    "/:id",
    operation({
      id: "readPayment",
      summary: "A payment and where it stands",
      tag,
      access: "renter",
      answers: { 200: { description: "The payment", schema: PaymentView } },
      problems: ["payment_unknown", "invalid_request"],
    }),
    requireRenter,
    validate("param", PaymentParam),
    async (c) => c.json(paymentView(await readPayment(c.get("deps"), c.get("actor"), c.req.valid("param").id))),
  );
