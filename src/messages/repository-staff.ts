// The SQL of what staff see and do.
import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { messages } from "../db/schema/messages.ts";
import { users } from "../db/schema/users.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";

export const troubles = ["any", "unknown", "failed", "undelivered"] as const;
/** Of one person everything, of everybody what did not arrive as far as anybody knows. */
export type MessageFilter = { userId: Id<"usr"> } | { trouble: (typeof troubles)[number] };

/** In the words of messages_trouble_idx and messages_unsent_idx, which are small: values that are bound would hide from the planner that they are the same. */
const trouble = sql`(${messages.state} in ('failed', 'unknown') or ${messages.delivery} = 'failed') and ${messages.resentAs} is null`;
const narrowed: Record<(typeof troubles)[number], SQL | undefined> = {
  any: undefined,
  unknown: sql`${messages.state} = 'unknown'`,
  failed: sql`${messages.state} = 'failed'`,
  undelivered: eq(messages.delivery, "failed"),
};

export const findMessages = (db: Database, filter: MessageFilter, beforeId: Id<"msg"> | null, limit: number) =>
  runStatement(() =>
    db
      .select({
        id: messages.id,
        userId: messages.userId,
        template: messages.template,
        params: messages.params,
        locale: users.locale,
        state: messages.state,
        attempts: messages.attempts,
        provider: messages.provider,
        providerReference: messages.providerReference,
        lastError: messages.lastError,
        delivery: messages.delivery,
        deliveryReason: messages.deliveryReason,
        createdAt: messages.createdAt,
        sentAt: messages.sentAt,
        deliveryAt: messages.deliveryAt,
        resentAs: messages.resentAs,
      })
      .from(messages)
      .innerJoin(users, eq(users.id, messages.userId))
      .where(
        and(
          "userId" in filter ? eq(messages.userId, filter.userId) : and(trouble, narrowed[filter.trouble]),
          beforeId === null ? undefined : lt(messages.id, beforeId),
        ),
      )
      .orderBy(desc(messages.id))
      .limit(limit),
  );
export type MessageRow = Awaited<ReturnType<typeof findMessages>>[number];

const Resent = z.discriminatedUnion("status", [
  z.object({ status: z.literal("resent"), messageId: z.string().transform((text) => text as Id<"msg">) }),
  z.object({ status: z.literal("message_state"), state: z.string() }),
  z.object({ status: z.enum(["message_unknown", "forbidden"]) }),
]);

export const resendStored = (
  db: Database,
  {
    nowMs,
    ...input
  }: { messageId: Id<"msg">; newId: Id<"msg">; staffId: Id<"usr">; reason: string; requestId: string; nowMs: number },
): Promise<z.infer<typeof Resent>> => callFunction(db, "message_resend", { ...input, now: isoTime(nowMs) }, Resent);
