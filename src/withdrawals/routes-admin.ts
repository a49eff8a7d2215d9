// Money on its way out, for people of finance.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireFinance } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { drainMessages } from "../messages/service.ts";
import {
  Close,
  ClosingView,
  Decide,
  StaffWithdrawalPage,
  StaffWithdrawalView,
  staffView,
  WithdrawalParam,
  WithdrawalsQuery,
} from "./schemas.ts";
import {
  approveWithdrawal,
  closeUnproven,
  listOpenWithdrawals,
  rejectWithdrawal,
  resendWithdrawal,
} from "./service.ts";

const tag = "finance";
const access = "staff";
const one = { 200: { description: "The withdrawal as it stands now", schema: StaffWithdrawalView } };

/** Mounted at /admin. */
export const withdrawalsAdmin = new Hono<AppEnv>()
  .get(
    "/withdrawals",
    operation({
      id: "listOpenWithdrawals",
      summary: "Withdrawals that are on their way, newest first",
      tag,
      access,
      answers: { 200: { description: "A page", schema: StaffWithdrawalPage } },
      problems: ["invalid_request"],
    }),
    requireFinance,
    validate("query", WithdrawalsQuery),
    async (c) => {
      const { cursor = null, limit } = c.req.valid("query");
      const { items, nextCursor } = await listOpenWithdrawals(c.get("deps"), { cursor, limit });
      return c.json({ items: items.map(staffView), nextCursor });
    },
  )
  .post(
    "/withdrawals/:id/approve",
    operation({
      id: "approveWithdrawal",
      summary: "Let a waiting withdrawal go",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["withdrawal_unknown", "withdrawal_state", "withdrawal_stopped", "four_eyes_required"],
    }),
    requireFinance,
    validate("param", WithdrawalParam),
    validate("json", Decide),
    async (c) => {
      const input = { withdrawalId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      return c.json(staffView(await approveWithdrawal(c.get("deps"), c.get("actor"), input)));
    },
  )
  .post(
    "/withdrawals/:id/reject",
    operation({
      id: "rejectWithdrawal",
      summary: "Give the money of a waiting withdrawal back",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["withdrawal_unknown", "withdrawal_state", "four_eyes_required"],
    }),
    requireFinance,
    validate("param", WithdrawalParam),
    validate("json", Decide),
    async (c) => {
      const deps = c.get("deps");
      const input = { withdrawalId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      const withdrawal = await rejectWithdrawal(deps, c.get("actor"), input);
      deps.defer(drainMessages(deps));
      return c.json(staffView(withdrawal));
    },
  )
  .post(
    "/withdrawals/:id/resend",
    operation({
      id: "resendWithdrawal",
      summary: "Hand an unknown withdrawal over again, under the same id",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["withdrawal_unknown", "withdrawal_state"],
    }),
    requireFinance,
    validate("param", WithdrawalParam),
    validate("json", Decide),
    async (c) => {
      const input = { withdrawalId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      return c.json(staffView(await resendWithdrawal(c.get("deps"), c.get("actor"), input)));
    },
  )
  .post(
    "/withdrawals/:id/close",
    operation({
      id: "closeWithdrawal",
      summary: "Say how an unproven withdrawal ended; the second who says the same makes it so",
      tag,
      access,
      hasBody: true,
      answers: { 200: { description: "Heard, or closed", schema: ClosingView } },
      problems: ["withdrawal_unknown", "withdrawal_state", "four_eyes_required", "too_early"],
    }),
    requireFinance,
    validate("param", WithdrawalParam),
    validate("json", Close),
    async (c) => {
      const deps = c.get("deps");
      const input = { withdrawalId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      const { withdrawal, isClosed } = await closeUnproven(deps, c.get("actor"), input);
      deps.defer(drainMessages(deps));
      return c.json({ isClosed, withdrawal: staffView(withdrawal) });
    },
  );
