import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { SuspenseRecord, SuspenseState } from "./record.ts";
import { Reason, StaffWithdrawalView } from "./schemas.ts";

export const Refund = z
  .strictObject({ to: z.enum(["phone", "wallet"]), reason: Reason })
  .meta({ id: "SuspenseRefund" });
export const Dismiss = z
  .strictObject({ reason: Reason })
  .meta({ id: "SuspenseDismissal", description: "Two of finance have to say so" });
export const SuspenseParam = z.strictObject({
  id: z
    .string()
    .regex(/^[1-9][0-9]{0,14}$/)
    .transform(Number),
});
export const SuspenseQuery = z.strictObject({
  state: SuspenseState.default("open"),
  cursor: z
    .string()
    .regex(/^[1-9][0-9]{0,14}$/)
    .transform(Number)
    .optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});

const time = z.iso.datetime();
const SuspenseView = SuspenseRecord.omit({ id: true, openedAtMs: true, resolvedAtMs: true })
  .extend({
    id: z.string(),
    currency: z.literal("TZS"),
    providerReference: z.string().meta({ description: "AzamPay's transaction; what to ask them about" }),
    userId: z.string().nullable().meta({ description: "Whose payment of ours it names, if it names one" }),
    isProven: z
      .boolean()
      .meta({ description: "A statement has this money as that payment's: it can be given back at once" }),
    openedAt: time,
    resolvedAt: time.nullable(),
  })
  .meta({ id: "SuspenseItem" });
export const SuspensePage = z
  .object({ items: z.array(SuspenseView), nextCursor: z.string().nullable() })
  .meta({ id: "SuspensePage" });
export const RefundView = z.object({ withdrawal: StaffWithdrawalView.nullable() }).meta({ id: "SuspenseRefundResult" });

export const DismissView = z
  .object({ isDismissed: z.boolean(), item: SuspenseView })
  .meta({ id: "SuspenseDismissalResult" });

export const suspenseView = ({
  id,
  openedAtMs,
  resolvedAtMs,
  ...item
}: SuspenseRecord): z.infer<typeof SuspenseView> => ({
  ...item,
  id: String(id),
  currency: "TZS",
  openedAt: isoTime(openedAtMs),
  resolvedAt: resolvedAtMs === null ? null : isoTime(resolvedAtMs),
});
