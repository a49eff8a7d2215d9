import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireRenter } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { SessionListView, SessionParam, SessionsQuery, sessionsView } from "./schemas-sessions.ts";
import { endSession, readSessions } from "./sessions.ts";

const tag = "accounts";

/** Mounted below /users. */
export const sessions = new Hono<AppEnv>()
  .get(
    "/sessions",
    operation({
      id: "listSessions",
      summary: "Where I am signed in, newest first",
      tag,
      access: "renter",
      answers: { 200: { description: "A page", schema: SessionListView } },
      problems: ["invalid_request"],
    }),
    requireRenter,
    validate("query", SessionsQuery),
    async (c) => {
      const { cursor = null, limit } = c.req.valid("query");
      return c.json(sessionsView(await readSessions(c.get("deps"), c.get("actor"), { cursor, limit })));
    },
  )
  .delete(
    "/sessions/:id",
    operation({
      id: "endSession",
      summary: "Sign out somewhere else",
      tag,
      access: "renter",
      answers: { 204: { description: "Done; an access token that was given out lives on for 15 minutes at most" } },
      problems: ["session_unknown", "invalid_request"],
    }),
    requireRenter,
    validate("param", SessionParam),
    async (c) => {
      await endSession(c.get("deps"), c.get("actor"), c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
