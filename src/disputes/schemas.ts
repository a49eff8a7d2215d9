// The wire form of disputes.
import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import { plainText } from "../lib/plain-text.ts";
import { RentalView, rentalView } from "../rentals/schemas.ts";
import { StationCode } from "../stations/schemas.ts";
import { disputeKinds, disputeOutcomes, type DisputeRecord } from "./record.ts";
import type { DisputeReading } from "./service.ts";

export const OpenDispute = z
  .strictObject({
    kind: z.enum(disputeKinds),
    text: plainText(1_000).meta({ description: "What happened" }),
    stationCode: StationCode.optional().meta({
      description: "Where the power bank was put, where that is in question",
    }),
  })
  .meta({ id: "OpenDispute" });

const disputeId = z
  .string()
  .regex(idPattern("dsp"))
  .transform((text) => text as Id<"dsp">);
export const DisputeParam = z.strictObject({ id: disputeId });
export const DisputesQuery = z.strictObject({
  state: z.enum(["open", "all"]).default("open"),
  cursor: disputeId.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const DecideDispute = z
  .strictObject({
    outcome: z.enum(disputeOutcomes),
    amountTzs: z.int().min(0).max(1_000_000).meta({ description: "0 for `rejected`, and for nothing else" }),
    note: plainText(1_000),
  })
  .refine(({ outcome, amountTzs }) => (outcome === "rejected") === (amountTzs === 0), { path: ["amountTzs"] })
  .meta({ id: "DecideDispute" });

const time = z.iso.datetime();

export const DisputeView = z
  .object({
    id: z.string(),
    rentalId: z.string(),
    kind: z.enum(disputeKinds),
    state: z.enum(["open", "decided"]),
    openedAt: time,
    outcome: z.enum(disputeOutcomes).nullable(),
    currency: z.literal("TZS"),
    amountTzs: z.int().nullable(),
    decidedAt: time.nullable(),
  })
  .meta({ id: "Dispute" });

export const OwnDisputeView = DisputeView.extend({
  text: z.string().meta({ description: "What you wrote" }),
}).meta({ id: "OwnDispute" });

export const StaffDisputeView = DisputeView.extend({
  userId: z.string(),
  note: z.string().nullable(),
  creditNoteId: z.string().nullable(),
  decidedBy: z.string().nullable(),
}).meta({ id: "DisputeForStaff" });
export const StaffDisputePage = z
  .object({ items: z.array(StaffDisputeView), nextCursor: z.string().nullable() })
  .meta({ id: "DisputeForStaffPage" });

export const DisputeReadingView = z
  .object({
    dispute: StaffDisputeView,
    text: z.string().meta({ description: "In the renter's words" }),
    claimedStationId: z.string().nullable().meta({ description: "Where the renter says the power bank is" }),
    rental: RentalView,
    powerBankId: z.string().nullable(),
    movements: z
      .array(
        z.object({
          direction: z.enum(["in", "out"]),
          stationId: z.string(),
          slot: z.int(),
          rentalId: z.string().nullable(),
          outcome: z.string(),
          evidence: z.string(),
          at: time,
        }),
      )
      .meta({ description: "Of the power bank, from an hour before the rental to two days after it" }),
    stations: z.array(
      z.object({
        stationId: z.string(),
        events: z.array(
          z.object({
            bootId: z.string(),
            seq: z.int(),
            type: z.string(),
            at: time,
            receivedAt: time,
            isPlausible: z.boolean().meta({ description: "False: the station's own time could not be right" }),
            body: z.string().meta({ description: "The frame as it came" }),
          }),
        ),
      }),
    ),
  })
  .meta({ id: "DisputeReading" });

const timeOrNull = (atMs: number | null): string | null => (atMs === null ? null : isoTime(atMs));

export const disputeView = (dispute: DisputeRecord): z.infer<typeof DisputeView> => ({
  id: dispute.id,
  rentalId: dispute.rentalId,
  kind: dispute.kind,
  state: dispute.state,
  openedAt: isoTime(dispute.openedAtMs),
  outcome: dispute.outcome,
  currency: "TZS",
  amountTzs: dispute.amountTzs,
  decidedAt: timeOrNull(dispute.decidedAtMs),
});

export const ownDisputeView = ({
  dispute,
  text,
}: {
  dispute: DisputeRecord;
  text: string;
}): z.infer<typeof OwnDisputeView> => ({ ...disputeView(dispute), text });

export const staffDisputeView = (dispute: DisputeRecord): z.infer<typeof StaffDisputeView> => ({
  ...disputeView(dispute),
  userId: dispute.userId,
  note: dispute.note,
  creditNoteId: dispute.creditNoteId,
  decidedBy: dispute.decidedBy,
});

export const disputeReadingView = (
  { dispute, text, rental, movements }: DisputeReading,
  nowMs: number,
): z.infer<typeof DisputeReadingView> => ({
  dispute: staffDisputeView(dispute),
  text,
  claimedStationId: dispute.evidence.claimedStationId,
  rental: rentalView(rental, nowMs),
  powerBankId: rental.powerBankId,
  movements: movements.map(({ atMs, ...one }) => ({ ...one, at: isoTime(atMs) })),
  stations: dispute.evidence.stations.map(({ stationId, events }) => ({
    stationId,
    events: events.map(({ atMs, receivedAtMs, ...one }) => ({
      ...one,
      at: isoTime(atMs),
      receivedAt: isoTime(receivedAtMs),
    })),
  })),
});
