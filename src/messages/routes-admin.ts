import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { MessageParam, MessagesQuery, Resend, ResentView, StaffMessagePage, staffMessageView } from "./schemas.ts";
import { drainMessages, listMessages, resendMessage } from "./service.ts";

const tag = "messages";
const access = "staff";
const requireSupport = requireStaff("support", "finance", "admin");

/** Mounted at /admin/messages. */
export const messagesAdmin = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "listMessages",
      summary: "Text messages that did not arrive, as far as anybody knows, or all to one person; newest first",
      tag,
      access,
      answers: { 200: { description: "A page", schema: StaffMessagePage } },
      problems: ["invalid_request"],
    }),
    requireSupport,
    validate("query", MessagesQuery),
    async (c) => {
      const { cursor = null, limit, userId, trouble } = c.req.valid("query");
      const filter = userId === undefined ? { trouble } : { userId };
      const { items, nextCursor } = await listMessages(c.get("deps"), filter, { cursor, limit });
      return c.json({ items: items.map(staffMessageView), nextCursor });
    },
  )
  .post(
    "/:id/resend",
    operation({
      id: "resendMessage",
      summary: "Send a message again of which nobody knows that it arrived",
      tag,
      access,
      hasBody: true,
      answers: { 202: { description: "Queued anew, under an id of its own", schema: ResentView } },
      problems: ["message_unknown", "message_state"],
    }),
    requireSupport,
    validate("param", MessageParam),
    validate("json", Resend),
    async (c) => {
      const deps = c.get("deps");
      const input = { messageId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      const messageId = await resendMessage(deps, c.get("actor"), input);
      deps.defer(drainMessages(deps));
      return c.json({ messageId }, 202);
    },
  );
