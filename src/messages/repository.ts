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

export const claimMessages = async (db: Database, nowMs: number, limit: number): Promise<ClaimedMessage[]> =>
  (await callFunction(db, "messages_claim", { now: isoTime(nowMs), limit }, Claimed)).messages;

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
