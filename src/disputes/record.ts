// A dispute as `dispute_json` of the database gives it.
import { z } from "zod";
import { disputeKinds, disputeOutcomes } from "../db/schema/disputes.ts";
import type { Id, IdPrefix } from "../lib/ids.ts";

const id = <P extends IdPrefix>(_prefix: P) => z.string().transform((text) => text as Id<P>);

export { disputeKinds, disputeOutcomes };

/** An event as a station's object had it on record. */
export const StationEvent = z.object({
  bootId: z.string(),
  seq: z.int(),
  type: z.string(),
  atMs: z.int(),
  receivedAtMs: z.int(),
  isPlausible: z.boolean(),
  body: z.string(),
});

export const DisputeRecord = z.object({
  id: id("dsp"),
  rentalId: id("rnt"),
  userId: id("usr"),
  kind: z.enum(disputeKinds),
  textSealed: z.string(),
  state: z.enum(["open", "decided"]),
  evidence: z.object({
    claimedStationId: id("stn").nullable(),
    stations: z.array(z.object({ stationId: id("stn"), events: z.array(StationEvent) })),
  }),
  openedAtMs: z.int(),
  outcome: z.enum(disputeOutcomes).nullable(),
  amountTzs: z.int().nullable(),
  note: z.string().nullable(),
  creditNoteId: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAtMs: z.int().nullable(),
});
export type DisputeRecord = z.infer<typeof DisputeRecord>;
export type StationEvidence = DisputeRecord["evidence"]["stations"][number];
