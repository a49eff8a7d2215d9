import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireRenter } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { CloseQuery, ProfileView, UpdateProfile } from "./schemas.ts";
import { closeAccount, readProfile, updateProfile } from "./service.ts";

const tag = "accounts";

export const users = new Hono<AppEnv>()
  .get(
    "/profile",
    operation({
      id: "readProfile",
      summary: "The signed-in person",
      tag,
      access: "renter",
      answers: { 200: { description: "The profile", schema: ProfileView } },
      problems: ["account_closed"],
    }),
    requireRenter,
    async (c) => c.json(await readProfile(c.get("deps"), c.get("actor"))),
  )
  .put(
    "/profile",
    operation({
      id: "updateProfile",
      summary: "Change what I say of myself",
      tag,
      access: "renter",
      hasBody: true,
      answers: { 200: { description: "The profile as it is now", schema: ProfileView } },
      problems: ["account_closed"],
    }),
    requireRenter,
    validate("json", UpdateProfile),
    async (c) => c.json(await updateProfile(c.get("deps"), c.get("actor"), c.req.valid("json"))),
  )
  .delete(
    "/profile",
    operation({
      id: "closeAccount",
      summary: "Close my account for good",
      tag,
      access: "renter",
      answers: {
        204: {
          description: "Closed: signed out everywhere, personal data erased; receipts and entries stay in the books",
        },
      },
      problems: [
        "rental_already_open",
        "debt_open",
        "dispute_undecided",
        "withdrawal_in_flight",
        "payment_in_flight",
        "wallet_not_empty",
        "account_suspended",
        "forbidden",
        "invalid_request",
      ],
    }),
    requireRenter,
    validate("query", CloseQuery),
    async (c) => {
      const { giveUpTzs } = c.req.valid("query");
      await closeAccount(c.get("deps"), c.get("actor"), { giveUpTzs, requestId: c.get("requestId") });
      return c.body(null, 204);
    },
  );
