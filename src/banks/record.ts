// The shape in which the database answers about a power bank: bank_json of drizzle/functions.
import { z } from "zod";

export const bankPlaces = ["depot", "slot", "rented", "lost", "missing", "retired"] as const;

export const BankRecord = z.object({
  id: z.string(),
  place: z.enum(bankPlaces),
  stationId: z.string().nullable(),
  slot: z.int().nullable(),
  cycles: z.int(),
  isOutOfService: z.boolean(),
  serviceReason: z.string().nullable(),
  heldBy: z.string().nullable(),
  updatedAtMs: z.int(),
});
export type BankRecord = z.infer<typeof BankRecord>;

export const BankMovement = z.object({
  direction: z.enum(["in", "out"]),
  stationId: z.string(),
  slot: z.int(),
  outcome: z.string(),
  evidence: z.string(),
  rentalId: z.string().nullable(),
  atMs: z.int(),
});
export type BankMovement = z.infer<typeof BankMovement>;
