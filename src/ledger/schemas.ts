import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import type { WalletEntry } from "./repository.ts";

export const EntriesQuery = z.strictObject({
  cursor: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});

export const WalletView = z
  .object({
    currency: z.literal("TZS"),
    walletTzs: z.int(),
    heldTzs: z.int().meta({ description: "Deposits of open rentals" }),
    debtTzs: z.int(),
  })
  .meta({ id: "Wallet" });

export const EntryPage = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        reference: z.string(),
        amountTzs: z.int().meta({ description: "Into the wallet positive, out of it negative" }),
        occurredAt: z.iso.datetime(),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: "WalletEntryPage" });

const userId = z
  .string()
  .regex(idPattern("usr"))
  .transform((text) => text as Id<"usr">);
const reason = z
  .string()
  .trim()
  .min(3)
  .max(500)
  .regex(/^\P{C}*$/u)
  .meta({ description: "For the audit log" });

export const UserParam = z.strictObject({ id: userId });
export const ForgiveDebt = z
  .strictObject({ amountTzs: z.int().min(1).optional().meta({ description: "All of it where absent" }), reason })
  .meta({ id: "ForgiveDebt" });
export const ForgivenView = z
  .object({
    currency: z.literal("TZS"),
    amountTzs: z.int(),
    debtTzs: z.int().meta({ description: "What is still owed" }),
  })
  .meta({ id: "ForgivenDebt" });

export const MoveClosedWallet = z
  .strictObject({
    closedUserId: userId.meta({ description: "One of `closedAccounts` of the person" }),
    reason,
  })
  .meta({ id: "MoveClosedWallet" });
export const MovedWalletView = z
  .object({
    currency: z.literal("TZS"),
    amountTzs: z.int().meta({ description: "What lay there; all of it" }),
    walletTzs: z.int().meta({ description: "What the person has now; a debt was paid first" }),
  })
  .meta({ id: "MovedWallet" });

export const entryView = (entry: WalletEntry): z.infer<typeof EntryPage>["items"][number] => ({
  id: String(entry.entryId),
  kind: entry.kind,
  reference: entry.reference,
  amountTzs: entry.amountTzs,
  occurredAt: isoTime(Date.parse(entry.occurredAt)),
});
