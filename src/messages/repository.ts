// The outbox of text messages: claimed once, marked once.
import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import type { SmsGateway, SmsReport } from "../providers/ports.ts";

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
  due: z.int(),
  cut: z.int(),
});
export type ClaimedMessage = z.infer<typeof Claimed>["messages"][number];

export interface ClaimRules {
  /** Of this call. When its answer is lost the same call is made again, and is given what it claimed. */
  claimId: string;
  limit: number;
  /** Templates that wait for the end of quiet hours. */
  notices: readonly string[];
  /** How many of these a person gets in a day. */
  ceilings: readonly { templates: readonly string[]; most: number }[];
}

/** `due`: how many were looked at, be they claimed or put off; `cut`: how many nobody knows the end of, since now. */
export const claimMessages = async (
  db: Database,
  rules: ClaimRules,
  nowMs: number,
): Promise<{ messages: ClaimedMessage[]; due: number; cut: number }> =>
  callFunction(db, "messages_claim", { ...rules, now: isoTime(nowMs) }, Claimed);

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

/** Null: nothing has to be said any more. */
export const keepPromised = async (
  db: Database,
  promised: { dedupeKey: string; template: string; text: string | null; id: Id<"msg">; userId: Id<"usr"> },
  nowMs: number,
): Promise<void> => {
  await callFunction(
    db,
    "message_promised",
    { ...promised, now: isoTime(nowMs) },
    z.object({ status: z.enum(["told", "withdrawn"]) }),
  );
};

export interface Mark {
  id: Id<"msg">;
  result: "sent" | "failed" | "unknown" | "queued";
  /** Who took it, refused it or gave no answer. */
  provider?: SmsGateway;
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

const Reported = z.object({ status: z.enum(["stored", "known"]), messageId: z.string().nullish() });

/** `messageId`: where the gateway repeats it. `resolves`: the report proves that a message was taken of which nobody knew. */
export const storeReport = (
  db: Database,
  report: Omit<SmsReport, "reference"> & { provider: SmsGateway; messageId: string | null; resolves: boolean },
  nowMs: number,
): Promise<z.infer<typeof Reported>> =>
  callFunction(db, "message_report", { ...report, now: isoTime(nowMs) }, Reported);

/** Reports older than 90 days go; answers how many. */
export const pruneStoredReports = async (db: Database, limit: number, nowMs: number): Promise<number> => {
  const Pruned = z.object({ status: z.literal("done"), count: z.int() });
  return (await callFunction(db, "message_reports_prune", { limit, now: isoTime(nowMs) }, Pruned)).count;
};
