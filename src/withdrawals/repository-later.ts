// Withdrawals that were asked for where nobody can wait for the provider.
import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { type WalletProvider, walletProviders } from "../providers/ports.ts";
import { idOf } from "./repository.ts";

const Asked = z.discriminatedUnion("status", [
  z.object({ status: z.literal("asked"), amountTzs: z.int() }),
  z.object({
    status: z.enum(["withdrawal_amount_invalid", "withdrawal_in_flight", "account_closed", "forbidden"]),
  }),
]);

export interface AskInput {
  /** Becomes the withdrawal's idempotency key. */
  id: string;
  userId: Id<"usr">;
  amountTzs: number;
  minTzs: number;
  provider: WalletProvider;
  nowMs: number;
}

/** One round trip; the same id again is `asked` too. */
export const storeAsk = (db: Database, { nowMs, ...input }: AskInput): Promise<z.infer<typeof Asked>> =>
  callFunction(db, "withdrawal_ask", { ...input, now: isoTime(nowMs) }, Asked);

const Claimed = z.object({
  asks: z.array(
    z.object({
      id: z.string(),
      userId: idOf("usr"),
      amountTzs: z.int(),
      provider: z.enum(walletProviders),
      attempts: z.int(),
      phoneSealed: z.string().nullable(),
    }),
  ),
});
export type Ask = z.infer<typeof Claimed>["asks"][number];

/** Those whose time has come, or the one that is named. */
export const claimAsks = async (db: Database, input: { id?: string; limit: number; nowMs: number }): Promise<Ask[]> => {
  const { nowMs, ...which } = input;
  return (await callFunction(db, "withdrawal_asks_claim", { ...which, now: isoTime(nowMs) }, Claimed)).asks;
};

export const closeAsk = async (
  db: Database,
  input: { id: string; state: "done" | "refused"; reason?: string; messageId: Id<"msg">; nowMs: number },
): Promise<void> => {
  const { nowMs, ...what } = input;
  await callFunction(
    db,
    "withdrawal_ask_close",
    { ...what, now: isoTime(nowMs) },
    z.object({ status: z.literal("stored") }),
  );
};
