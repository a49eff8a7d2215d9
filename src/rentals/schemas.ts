// The wire form of rentals: what a client sends, and a rental as a client reads it. Bank ids stay inside.
import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import { Payer, PaymentPurpose, PaymentState } from "../payments/schemas.ts";
import { payProviders } from "../providers/ports.ts";
import { StationCode, StationQr } from "../stations/schemas.ts";
import { extensionOffer, quoteRental, swapBeforeMs } from "./pricing-facts.ts";
import { BillLine, RentalStatus, type RentalRecord, swapCauses } from "./record.ts";

export const StartRental = z
  .strictObject({
    stationCode: StationCode.optional(),
    qr: StationQr.optional(),
    payment: Payer.optional().meta({
      description: "Asked for the missing part of the deposit when the wallet is short",
    }),
  })
  .refine((body) => (body.stationCode === undefined) !== (body.qr === undefined), { path: ["stationCode"] })
  .transform(({ stationCode = "", qr, payment = null }) => ({
    ...(qr ?? { stationCode, screenCode: null }),
    payment,
  }))
  .meta({ id: "StartRental" });

/** The whole body may be left out: the wallet pays. */
export const ExtendRental = z
  .strictObject({
    payment: Payer.optional().meta({ description: "Asked for what the wallet lacks; without it the wallet pays" }),
  })
  .transform(({ payment }) => ({ payment: payment ?? null }))
  .meta({ id: "ExtendRental" });

export const ReportLost = z
  .strictObject({
    cause: z.enum(["lost", "stolen"]).meta({ description: "The price is the same; it helps to find it" }),
  })
  .meta({ id: "ReportLost" });

export const SwapRental = z
  .strictObject({
    cause: z.enum(swapCauses).meta({ description: "What is wrong with it, for who mends it" }),
  })
  .meta({ id: "SwapRental" });

/** Without a station the clock goes on. */
export const EndRental = z
  .strictObject({
    stationCode: StationCode.optional().meta({ description: "Where the renter stands" }),
  })
  .transform(({ stationCode = null }) => ({ stationCode }))
  .meta({ id: "EndRental" });

export const TakeByHand = z
  .strictObject({
    qr: z.string().min(1).max(1_000).optional().meta({ description: "What the renter's return QR holds" }),
    returnCode: z
      .string()
      .regex(/^[0-9]{6}$/)
      .optional()
      .meta({ description: "The rental's six digits, where the renter has no screen", example: "402917" }),
    powerBankId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,40}$/)
      .meta({ description: "The number on the power bank that was handed over", example: "CP-00417" }),
    stationCode: StationCode,
  })
  .refine((body) => (body.qr === undefined) !== (body.returnCode === undefined), { path: ["qr"] })
  .transform(({ qr = null, returnCode = null, ...rest }) => ({ qr, returnCode, ...rest }))
  .meta({ id: "TakeByHand" });

export const RentalParam = z.strictObject({
  id: z
    .string()
    .regex(idPattern("rnt"))
    .transform((text) => text as Id<"rnt">),
});
export const HistoryQuery = z.strictObject({
  cursor: z
    .string()
    .regex(idPattern("rnt"))
    .transform((text) => text as Id<"rnt">)
    .optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});

const time = z.iso.datetime();

export const RentalView = z
  .object({
    id: z.string(),
    status: RentalStatus,
    reason: z.string().meta({ description: "Why it is in this status" }),
    station: z.object({ id: z.string(), code: z.string(), name: z.string() }),
    slot: z.int().nullable(),
    currency: z.literal("TZS"),
    depositTzs: z.int(),
    openedAt: time,
    payBefore: time.nullable().meta({ description: "While the payment is awaited: until then the slot is kept" }),
    payment: z
      .object({
        id: z.string(),
        purpose: PaymentPurpose,
        state: PaymentState,
        amountTzs: z.int(),
        provider: z.enum(payProviders),
      })
      .nullable(),
    startedAt: time.nullable(),
    dueAt: time.nullable(),
    isOverdue: z.boolean(),
    extensions: z.array(z.object({ boughtAt: time })),
    extensionOffer: z
      .object({ amountTzs: z.int(), dueAt: time })
      .nullable()
      .meta({ description: "What more time would cost now, and to when; null when no more can be bought" }),
    price: z
      .object({
        totalTzs: z.int(),
        vatTzs: z.int(),
        netTzs: z.int(),
        lines: z.array(BillLine),
        nextChangeAt: time.nullable().meta({ description: "When the live price changes next" }),
        worstCaseTzs: z.int().nullable(),
      })
      .nullable()
      .meta({ description: "Live while the bank is out, the bill afterwards" }),
    endedAt: time.nullable(),
    lostAt: time.nullable().meta({ description: "From when the power bank counts as lost, also once it was found" }),
    returnedTo: z.object({ id: z.string(), name: z.string() }).nullable(),
    swapBefore: time.nullable().meta({ description: "Until then a bad power bank is swapped at the same station" }),
    swappedTo: z
      .string()
      .nullable()
      .meta({ description: "The rental of the other power bank; this one goes back for nothing" }),
    swapOf: z.string().nullable().meta({ description: "The rental of the bad power bank" }),
  })
  .meta({ id: "Rental" });

export const RentalPage = z
  .object({ items: z.array(RentalView), nextCursor: z.string().nullable() })
  .meta({ id: "RentalPage" });
export const LiveTicketView = z
  .object({ ticket: z.string(), expiresAt: time, url: z.string().meta({ description: "The socket to open, once" }) })
  .meta({ id: "LiveTicket" });

export const EndView = z
  .object({
    outcome: z.enum(["returned", "paused", "not_seen"]).meta({
      description:
        "`paused`: the station is full or offline and the clock stands still; `not_seen`: nothing shows the power bank, staff look for it",
    }),
    pausedUntil: time.nullable(),
    rental: RentalView,
  })
  .meta({ id: "EndOfRental" });

export const ReturnQrView = z
  .object({ qr: z.string(), svg: z.string().meta({ description: "The QR code" }), expiresAt: time })
  .meta({ id: "ReturnQr" });

const timeOrNull = (atMs: number | null): string | null => (atMs === null ? null : isoTime(atMs));

const priceOf = (rental: RentalRecord, nowMs: number): z.infer<typeof RentalView>["price"] => {
  if (rental.status === "active") {
    const { totalTzs, vatTzs, netTzs, lines, nextChangeAtMs, worstCaseTzs } = quoteRental(rental, nowMs);
    return { totalTzs, vatTzs, netTzs, lines, nextChangeAt: timeOrNull(nextChangeAtMs), worstCaseTzs };
  }
  const { totalTzs, vatTzs, netTzs, lines } = rental;
  if (totalTzs === null || vatTzs === null || netTzs === null || lines === null) return null;
  return { totalTzs, vatTzs, netTzs, lines, nextChangeAt: null, worstCaseTzs: null };
};

const offerOf = (rental: RentalRecord, nowMs: number): z.infer<typeof RentalView>["extensionOffer"] => {
  const offer = rental.status === "active" && rental.swappedToId === null ? extensionOffer(rental, nowMs) : null;
  return offer && { amountTzs: offer.amountTzs, dueAt: isoTime(offer.dueAtMs) };
};

/** A rental as its renter reads it at `nowMs`. */
export const rentalView = (rental: RentalRecord, nowMs: number): z.infer<typeof RentalView> => ({
  id: rental.id,
  status: rental.status,
  reason: rental.reason,
  station: { id: rental.stationId, code: rental.stationCode, name: rental.stationName },
  slot: rental.slot,
  currency: "TZS",
  depositTzs: rental.depositTzs,
  openedAt: isoTime(rental.openedAtMs),
  payBefore: rental.status === "awaiting_payment" ? timeOrNull(rental.leaseExpiresAtMs) : null,
  payment: rental.payment && {
    id: rental.payment.id,
    purpose: rental.payment.purpose,
    state: rental.payment.state,
    amountTzs: rental.payment.amountTzs,
    provider: rental.payment.provider,
  },
  startedAt: timeOrNull(rental.startedAtMs),
  dueAt: timeOrNull(rental.dueAtMs),
  isOverdue: rental.isOverdue,
  extensions: rental.extensions.map(({ boughtAtMs }) => ({ boughtAt: isoTime(boughtAtMs) })),
  extensionOffer: offerOf(rental, nowMs),
  price: priceOf(rental, nowMs),
  endedAt: timeOrNull(rental.endedAtMs),
  lostAt: timeOrNull(rental.lostAtMs),
  returnedTo:
    rental.returnStationId && rental.returnStationName
      ? { id: rental.returnStationId, name: rental.returnStationName }
      : null,
  swapBefore: timeOrNull(swapBeforeMs(rental, nowMs)),
  swappedTo: rental.swappedToId,
  swapOf: rental.swapOfId,
});

export const endView = (
  {
    rental,
    outcome,
    pausedUntilMs,
  }: { rental: RentalRecord; outcome: "returned" | "paused" | "not_seen"; pausedUntilMs: number | null },
  nowMs: number,
): z.infer<typeof EndView> => ({ outcome, pausedUntil: timeOrNull(pausedUntilMs), rental: rentalView(rental, nowMs) });
