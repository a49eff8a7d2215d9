// The outbox of text messages: claimed once, marked once.
import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";

const Claimed = z.object({
  messages: z.array(
    z.object({
      id: z.string().transform((text) => text as Id<"msg">),
      userId: z.string().transform((text) => text as Id<"usr">),
      template: z.string(),
      params: z.record(z.string(), z.unknown()),
      attempts: z.int(),
      locale: z.enum(["sw", "en"]),
      phoneSealed: z.string().nullable(),
    }),
  ),
});
export type ClaimedMessage = z.infer<typeof Claimed>["messages"][number];

export interface ClaimRules {
  limit: number;
  /** Templates that wait for the end of quiet hours. */
  notices: readonly string[];
  /** How many of these a person gets in a day. */
  ceilings: readonly { templates: readonly string[]; most: number }[];
}

export const claimMessages = async (db: Database, rules: ClaimRules, nowMs: number): Promise<ClaimedMessage[]> =>
  (await callFunction(db, "messages_claim", { ...rules, now: isoTime(nowMs) }, Claimed)).messages;

/** Once for each `dedupeKey`, whatever comes under it later. */
export const queueStored = async (
  db: Database,
  message: { id: Id<"msg">; userId: Id<"usr">; template: string; params: unknown; dedupeKey: string },
  nowMs: number,
): Promise<void> => {
  await callFunction(
    db,
    "message_queue",
    { ...message, now: isoTime(nowMs) },
    z.object({ status: z.literal("queued") }),
  );
};

export interface Mark {
  id: Id<"msg">;
  result: "sent" | "failed" | "unknown" | "queued";
  providerReference?: string;
  error?: string;
  /** With `queued`: not before this, ms. */
  notBeforeMs?: number;
}

export const markMessage = async (db: Database, { notBeforeMs, ...mark }: Mark, nowMs: number): Promise<void> => {
  const notBefore = notBeforeMs === undefined ? null : isoTime(notBeforeMs);
  await callFunction(
    db,
    "message_sent",
    { ...mark, notBefore, now: isoTime(nowMs) },
    z.object({ status: z.literal("stored") }),
  );
};
