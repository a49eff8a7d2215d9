// What staff see of messages, and how one is sent again of which nobody knows that it arrived.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import { findMessages, type MessageFilter, type MessageRow, resendStored } from "./repository-staff.ts";
import { renderStored } from "./templates.ts";

type StaffActor = Extract<Actor, { kind: "staff" }>;

export interface StaffMessage extends Omit<MessageRow, "params" | "locale"> {
  /** As its reader gets it; null when the catalogue does not have it any more. */
  text: string | null;
}

/** A page, newest first. */
export const listMessages = async (
  deps: Dependencies,
  filter: MessageFilter,
  { cursor, limit }: { cursor: Id<"msg"> | null; limit: number },
): Promise<{ items: StaffMessage[]; nextCursor: string | null }> => {
  const rows = await findMessages(deps.db, filter, cursor, limit + 1);
  const items = rows.slice(0, limit).map(({ params, locale, ...row }) => ({
    ...row,
    text: textOf(row.template, locale, params, deps.config.PUBLIC_BASE_URL),
  }));
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
};

const textOf = (template: string, locale: MessageRow["locale"], params: unknown, baseUrl: string): string | null => {
  try {
    return renderStored(template, locale, params, baseUrl);
  } catch {
    return null;
  }
};

/** Queues it anew under its own id and answers that. Throws `message_unknown`, `message_state`, `forbidden`. */
export const resendMessage = async (
  deps: Dependencies,
  actor: StaffActor,
  input: { messageId: Id<"msg">; reason: string; requestId: string },
): Promise<Id<"msg">> => {
  const resent = await resendStored(deps.db, {
    ...input,
    newId: deps.ids.next("msg"),
    staffId: actor.userId,
    nowMs: deps.clock.now(),
  });
  if (resent.status === "message_state") throw new AppError("message_state", { details: { state: resent.state } });
  if (resent.status !== "resent") throw new AppError(resent.status);
  return resent.messageId;
};
