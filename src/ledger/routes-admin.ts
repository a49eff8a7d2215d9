import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireFinance } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { ForgiveDebt, ForgivenView, MoveClosedWallet, MovedWalletView, UserParam } from "./schemas.ts";
import { forgiveDebt, moveClosedWallet } from "./service.ts";

/** Mounted at /admin. */
export const ledgerAdmin = new Hono<AppEnv>()
  .post(
    "/users/:id/debt/forgive",
    operation({
      id: "forgiveDebt",
      summary: "Write off what a renter owes",
      tag: "finance",
      access: "staff",
      hasBody: true,
      isIdempotent: true,
      answers: { 200: { description: "Written off", schema: ForgivenView } },
      problems: ["user_unknown", "payment_amount_invalid", "four_eyes_required"],
    }),
    requireFinance,
    idempotent,
    validate("param", UserParam),
    validate("json", ForgiveDebt),
    async (c) => {
      const { amountTzs = null, reason } = c.req.valid("json");
      const input = {
        userId: c.req.valid("param").id,
        amountTzs,
        reason,
        key: c.get("idempotency"),
        requestId: c.get("requestId"),
      };
      const { isReplay, ...forgiven } = await forgiveDebt(c.get("deps"), c.get("actor"), input);
      return c.json({ currency: "TZS" as const, ...forgiven }, 200, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  )
  .post(
    "/users/:id/closed-wallet",
    operation({
      id: "moveClosedWallet",
      summary: "Give a person what lies in the wallet of an account that was closed under the same number",
      tag: "finance",
      access: "staff",
      hasBody: true,
      isIdempotent: true,
      answers: { 200: { description: "Moved, whole", schema: MovedWalletView } },
      problems: ["user_unknown", "user_state", "closed_account_unknown", "four_eyes_required"],
    }),
    requireFinance,
    idempotent,
    validate("param", UserParam),
    validate("json", MoveClosedWallet),
    async (c) => {
      const input = {
        userId: c.req.valid("param").id,
        ...c.req.valid("json"),
        key: c.get("idempotency"),
        requestId: c.get("requestId"),
      };
      const { isReplay, ...moved } = await moveClosedWallet(c.get("deps"), c.get("actor"), input);
      return c.json({ currency: "TZS" as const, ...moved }, 200, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  );
