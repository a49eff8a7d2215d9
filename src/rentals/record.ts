// A rental as `rental_json` of the database gives it: the one shape for functions and queries.
import { z } from "zod";
import { paymentPurposes } from "../db/schema/payments.ts";
import { rentalStatuses } from "../db/schema/rentals.ts";
import { TariffTerms, VatRate } from "../pricing/tariff.ts";
import type { Id, IdPrefix } from "../lib/ids.ts";
import { PaymentState } from "../payments/record.ts";
import { payProviders } from "../providers/ports.ts";

const ms = z.int();
const id = <P extends IdPrefix>(_prefix: P) => z.string().transform((text) => text as Id<P>);

/** A line of a bill, as `quote` makes them. */
export const BillLine = z.object({
  kind: z.enum(["base", "extension", "late", "lost"]),
  quantity: z.int(),
  grossTzs: z.int(),
  netTzs: z.int(),
  vatTzs: z.int(),
});

/** What may be wrong with a power bank. */
export const swapCauses = ["no_charge", "wrong_cable", "broken", "other"] as const;

export const RentalStatus = z.enum(rentalStatuses);

export const RentalRecord = z.object({
  id: id("rnt"),
  userId: id("usr"),
  stationId: id("stn"),
  stationCode: z.string(),
  stationName: z.string(),
  status: RentalStatus,
  reason: z.string(),
  version: z.int(),
  tariff: TariffTerms,
  depositTzs: z.int(),
  openedAtMs: ms,
  lastActionAtMs: ms,
  leaseExpiresAtMs: ms.nullable(),
  slot: z.int().nullable(),
  powerBankId: z.string().nullable(),
  startedAtMs: ms.nullable(),
  dueAtMs: ms.nullable(),
  isOverdue: z.boolean(),
  isDisputed: z.boolean(),
  /** `paidAtMs`: when its money was there; a prompt's money comes after the renter's wish. */
  extensions: z.array(z.object({ boughtAtMs: ms, paidAtMs: ms.optional() })),
  pauses: z.array(z.object({ fromMs: ms, toMs: ms })),
  endedAtMs: ms.nullable(),
  returnStationId: id("stn").nullable(),
  returnStationName: z.string().nullable(),
  isFreeReturn: z.boolean(),
  lostAtMs: ms.nullable(),
  isLostReported: z.boolean(),
  /** When the last notice that was queued was due. */
  noticedAtMs: ms.nullable(),
  nextNoticeAtMs: ms.nullable(),
  swappedToId: id("rnt").nullable(),
  swappedAtMs: ms.nullable(),
  swapOfId: id("rnt").nullable(),
  lines: z.array(BillLine).nullable(),
  totalTzs: z.int().nullable(),
  vatTzs: z.int().nullable(),
  netTzs: z.int().nullable(),
  /** Set while the rental is active or lost. */
  vatRates: z.array(VatRate).nullable(),
  /** When this renter's free returns ended, since the day before this rental started; set while it is active or lost. */
  freeReturnsAtMs: z.array(ms).nullable(),
  payment: z
    .object({
      id: id("pay"),
      purpose: z.enum(paymentPurposes),
      state: PaymentState,
      reason: z.string().nullable(),
      amountTzs: z.int(),
      provider: z.enum(payProviders),
    })
    .nullable(),
});
export type RentalRecord = z.infer<typeof RentalRecord>;
