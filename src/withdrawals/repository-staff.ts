// The SQL of what staff decide about money on its way out.
import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { Send, State, withdrawal } from "./repository.ts";

const Decided = z.discriminatedUnion("status", [
  Send,
  State,
  z.object({ status: z.literal("decided"), withdrawal }),
  z.object({ status: z.enum(["withdrawal_stopped", "four_eyes_required", "withdrawal_unknown", "forbidden"]) }),
]);

interface StaffInput {
  withdrawalId: Id<"wdr">;
  staffId: Id<"usr">;
  reason: string;
  messageId: Id<"msg">;
  nowMs: number;
  requestId: string;
}

export const decideWithdrawal = (
  db: Database,
  { nowMs, ...input }: StaffInput & { decision: "approve" | "reject"; sendToken: string },
): Promise<z.infer<typeof Decided>> =>
  callFunction(db, "withdrawal_decide", { ...input, now: isoTime(nowMs) }, Decided);

const Closed = z.discriminatedUnion("status", [
  State,
  z.object({ status: z.enum(["voted", "closed"]), withdrawal }),
  z.object({ status: z.literal("too_early"), notBeforeMs: z.int() }),
  z.object({ status: z.enum(["four_eyes_required", "withdrawal_unknown", "forbidden"]) }),
]);

export const closeWithdrawal = (
  db: Database,
  { nowMs, ...input }: StaffInput & { outcome: "paid" | "returned" },
): Promise<z.infer<typeof Closed>> => callFunction(db, "withdrawal_close", { ...input, now: isoTime(nowMs) }, Closed);
