import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requirePayer, requireRenter } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { requirePathSecret } from "../http/path-secret.ts";
import { validate } from "../http/validate.ts";
import { isoTime } from "../lib/clock.ts";
import { drainMessages } from "../messages/service.ts";
import {
  DisbursementCallback,
  PreviewView,
  PreviewWithdrawal,
  RequestWithdrawal,
  WithdrawalPage,
  WithdrawalParam,
  WithdrawalsQuery,
  WithdrawalView,
  withdrawalView,
} from "./schemas.ts";
import {
  describeRecipient,
  previewWithdrawal,
  readWithdrawal,
  readWithdrawals,
  requestWithdrawal,
  settleDisbursementCallback,
} from "./service.ts";

const tag = "wallet";

/** Mounted below /users. */
export const withdrawals = new Hono<AppEnv>()
  .post(
    "/wallet/withdrawals/preview",
    operation({
      id: "previewWithdrawal",
      summary: "Who would get the money, and what it costs",
      tag,
      access: "renter",
      hasBody: true,
      answers: { 200: { description: "To be shown before anything is sent", schema: PreviewView } },
      problems: [
        "phone_invalid",
        "account_closed",
        "forbidden",
        "withdrawals_off",
        "withdrawal_amount_invalid",
        "withdrawal_exceeds_balance",
        "withdrawal_in_flight",
        "recipient_unknown",
      ],
    }),
    requirePayer,
    validate("json", PreviewWithdrawal),
    async (c) => {
      const { untilMs, ...shown } = await previewWithdrawal(c.get("deps"), c.get("actor"), c.req.valid("json"));
      return c.json({ ...shown, currency: "TZS" as const, expiresAt: isoTime(untilMs) });
    },
  )
  .post(
    "/wallet/withdrawals",
    operation({
      id: "requestWithdrawal",
      summary: "Send money from the wallet to the previewed recipient",
      tag,
      access: "renter",
      hasBody: true,
      isIdempotent: true,
      answers: { 202: { description: "On its way, or waiting for approval; not paid yet", schema: WithdrawalView } },
      problems: [
        "account_closed",
        "forbidden",
        "withdrawals_off",
        "preview_invalid",
        "withdrawal_exceeds_balance",
        "withdrawal_limit",
        "withdrawal_in_flight",
        "withdrawal_stopped",
      ],
    }),
    requirePayer,
    idempotent,
    validate("json", RequestWithdrawal),
    async (c) => {
      const deps = c.get("deps");
      const input = { ...c.req.valid("json"), key: c.get("idempotency"), requestId: c.get("requestId") };
      const { withdrawal, isReplay } = await requestWithdrawal(deps, c.get("actor"), input);
      deps.defer(drainMessages(deps));
      return c.json(
        withdrawalView(withdrawal, await describeRecipient(deps, withdrawal)),
        202,
        isReplay ? { "Idempotency-Replayed": "true" } : {},
      );
    },
  )
  .get(
    "/wallet/withdrawals",
    operation({
      id: "listWithdrawals",
      summary: "My withdrawals, newest first",
      tag,
      access: "renter",
      answers: { 200: { description: "A page", schema: WithdrawalPage } },
      problems: ["invalid_request"],
    }),
    requireRenter,
    validate("query", WithdrawalsQuery),
    async (c) => {
      const deps = c.get("deps");
      const { cursor = null, limit } = c.req.valid("query");
      const { items, nextCursor } = await readWithdrawals(deps, c.get("actor"), { cursor, limit });
      return c.json({
        items: await Promise.all(items.map(async (each) => withdrawalView(each, await describeRecipient(deps, each)))),
        nextCursor,
      });
    },
  )
  .get(
    "/wallet/withdrawals/:id",
    operation({
      id: "readWithdrawal",
      summary: "A withdrawal and where it stands",
      tag,
      access: "renter",
      answers: { 200: { description: "The withdrawal", schema: WithdrawalView } },
      problems: ["withdrawal_unknown", "invalid_request"],
    }),
    requireRenter,
    validate("param", WithdrawalParam),
    async (c) => {
      const withdrawal = await readWithdrawal(c.get("deps"), c.get("actor"), c.req.valid("param").id);
      return c.json(withdrawalView(withdrawal, await describeRecipient(c.get("deps"), withdrawal)));
    },
  );

/** Mounted at /withdrawals. */
export const disbursementCallbacks = new Hono<AppEnv>().post(
  "/callback/:secret",
  operation({
    id: "azampayDisbursementCallback",
    summary: "AzamPay reports the outcome of a disbursement",
    tag: "payments",
    access: "provider",
    body: DisbursementCallback,
    answers: { 200: { description: "Stored; do not send it again" } },
    problems: ["not_found", "payload_too_large"],
  }),
  requirePathSecret({ hashes: "DISBURSEMENT_SECRET_HASHES" }),
  async (c) => {
    const deps = c.get("deps");
    await settleDisbursementCallback(deps, await c.req.text(), c.get("requestId"));
    deps.defer(drainMessages(deps));
    return c.json({ success: true });
  },
);
