import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireRenter } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { UserView } from "./schemas.ts";
import { readProfile } from "./service.ts";

export const users = new Hono<AppEnv>().get(
  "/profile",
  operation({
    id: "readProfile",
    summary: "The signed-in person",
    tag: "accounts",
    access: "renter",
    answers: { 200: { description: "The profile", schema: UserView } },
    problems: ["account_closed"],
  }),
  requireRenter,
  async (c) => c.json(await readProfile(c.get("deps"), c.get("actor"))),
);
