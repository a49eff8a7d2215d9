import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern } from "../lib/ids.ts";
import { plainText } from "../lib/plain-text.ts";
import { BankMovement, bankPlaces, BankRecord } from "./record.ts";
import type { BankReading } from "./service.ts";

export const PowerBankId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,40}$/)
  .meta({ description: "What the hardware reads from the bank", example: "CP-0101" });
const reason = plainText(500).meta({ description: "For the audit log" });

export const BankParam = z.strictObject({ id: PowerBankId });
export const BanksQuery = z.strictObject({
  place: z.enum(bankPlaces).optional(),
  stationId: z.string().regex(idPattern("stn")).optional(),
  isOutOfService: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
  heldBy: z
    .literal("me")
    .optional()
    .meta({ description: "Those that you took into your hands and no station has shown since" }),
  cursor: PowerBankId.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const RegisterBanks = z
  .strictObject({ powerBankIds: z.array(PowerBankId).min(1).max(500) })
  .meta({ id: "RegisterPowerBanks" });
export const RegisteredBanksView = z
  .object({
    registered: z.array(z.string()),
    known: z.array(z.string()).meta({ description: "Were in the fleet before" }),
  })
  .meta({ id: "RegisteredPowerBanks" });
export const BankService = z.strictObject({ isInService: z.boolean(), reason }).meta({ id: "PowerBankService" });
export const RetireBank = z.strictObject({ reason }).meta({ id: "RetirePowerBank" });
export const TakeBank = z
  .strictObject({
    to: z.enum(["hands", "depot"]).meta({ description: "`hands`: the technician's, until a station shows it" }),
    reason,
  })
  .meta({ id: "TakePowerBank" });

const time = z.iso.datetime();
export const BankView = z
  .object({ ...BankRecord.omit({ updatedAtMs: true }).shape, changedAt: time })
  .meta({ id: "PowerBank" });
export const BankPage = z
  .object({ items: z.array(BankView), nextCursor: z.string().nullable() })
  .meta({ id: "PowerBankPage" });
export const BankReadingView = z
  .object({
    bank: BankView,
    lastSeenAt: time,
    failures: z.int().meta({ description: "Ejects of the last 30 days that failed" }),
    movements: z
      .array(z.object({ ...BankMovement.omit({ atMs: true }).shape, at: time }))
      .meta({ description: "The last 50, newest first" }),
  })
  .meta({ id: "PowerBankReading" });

export const bankView = ({ updatedAtMs, ...bank }: BankRecord): z.infer<typeof BankView> => ({
  ...bank,
  changedAt: isoTime(updatedAtMs),
});
export const bankReadingView = (reading: BankReading): z.infer<typeof BankReadingView> => ({
  bank: bankView(reading.bank),
  lastSeenAt: isoTime(reading.lastSeenAtMs),
  failures: reading.failures,
  movements: reading.movements.map(({ atMs, ...movement }) => ({ ...movement, at: isoTime(atMs) })),
});
