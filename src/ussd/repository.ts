// What the menu asks of the database: one reading of everything that a screen may say, and the two things that only it does.
import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import { locales, type Locale } from "../lib/i18n.ts";
import type { Id } from "../lib/ids.ts";
import { TariffTerms, VatRate } from "../pricing/tariff.ts";
import { RentalRecord } from "../rentals/record.ts";

const UserId = z.string().transform((text) => text as Id<"usr">);
const UserState = z.enum(["pending", "active", "suspended", "closed"]);

export const Caller = z.object({
  user: z.object({ id: UserId, name: z.string(), locale: z.enum(locales), state: UserState }).nullable(),
  walletTzs: z.int(),
  debtTzs: z.int(),
  /** The open one, else the newest. */
  rental: RentalRecord.extend({ returnCode: z.string().nullable() }).nullable(),
  /** Those that run, with what is held for each. */
  rentals: z.array(z.object({ rental: RentalRecord, holdTzs: z.int() })),
  isWithdrawing: z.boolean(),
  station: z
    .object({
      code: z.string(),
      name: z.string(),
      isInService: z.boolean(),
      isOpen: z.boolean(),
      isOnline: z.boolean().nullable(),
      freeBanks: z.int().nullable(),
      terms: TariffTerms,
      vatRates: z.array(VatRate),
    })
    .nullable(),
  /** The rental of the code that was typed. */
  found: RentalRecord.nullable(),
});
export type Caller = z.infer<typeof Caller>;

/** One round trip, nothing locked. */
export const readCaller = (
  db: Database,
  { nowMs, ...input }: { phoneHash: string; stationCode: string | null; returnCode: string | null; nowMs: number },
): Promise<Caller> => callFunction(db, "caller_read", { ...input, now: isoTime(nowMs) }, Caller);

const Vouched = z.object({ userId: UserId, locale: z.enum(locales), state: UserState });

export interface VouchInput {
  userId: Id<"usr">;
  phoneHash: string;
  phoneSealed: string;
  name: string;
  locale: Locale;
  termsVersion: string;
  gateway: string;
  /** How the terms were agreed to. */
  channel: "ussd" | "sms";
  nowMs: number;
  requestId: string;
}

/** The account of a number that its gateway vouches for: made, made active, or as it is. */
export const vouchUser = (db: Database, { nowMs, ...input }: VouchInput): Promise<z.infer<typeof Vouched>> =>
  callFunction(db, "user_vouch", { ...input, now: isoTime(nowMs) }, Vouched);

export const storeLocale = async (db: Database, userId: Id<"usr">, locale: Locale, nowMs: number): Promise<void> => {
  await callFunction(
    db,
    "user_speak",
    { userId, locale, now: isoTime(nowMs) },
    z.object({ status: z.literal("stored") }),
  );
};

const Bound = z.object({ isFirst: z.boolean(), rentalId: z.string().transform((text) => text as Id<"rnt">) });

/** Goes out as it stands at `notBeforeMs`, unless what came of the matter takes its place before. */
export interface PromisedText {
  id: Id<"msg">;
  userId: Id<"usr">;
  template: "returned_answer";
  text: string;
  dedupeKey: string;
  notBeforeMs: number;
}

/** The rental that this input is about, for ever: the one given here, or the one that it was given first. `isFirst`: it came just now. */
export const bindRental = (
  db: Database,
  {
    nowMs,
    promise = null,
    ...input
  }: {
    userId: Id<"usr">;
    rentalId: Id<"rnt">;
    key: { route: string; key: string; bodyHash: string };
    promise?: PromisedText | null;
    nowMs: number;
  },
): Promise<z.infer<typeof Bound>> =>
  callFunction(
    db,
    "keypad_bind",
    {
      ...input,
      promise: promise && { ...promise, notBefore: isoTime(promise.notBeforeMs) },
      now: isoTime(nowMs),
    },
    Bound,
  );
