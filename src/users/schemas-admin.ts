// What staff send about people, and what they see.
import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import { plainText } from "../lib/plain-text.ts";
import { LocaleCode, PhoneText } from "./schemas.ts";
import type { Person, PersonDetail } from "./staff.ts";

const userId = z
  .string()
  .regex(idPattern("usr"))
  .transform((text) => text as Id<"usr">);
const reason = plainText(500).meta({ description: "For the audit log" });

export const PersonParam = z.strictObject({ id: userId });
export const PeopleQuery = z.strictObject({
  isStaff: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .default(false)
    .meta({ description: "Staff alone" }),
  cursor: userId.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export const FindPerson = z.strictObject({ phone: PhoneText }).meta({ id: "FindPerson" });
export const SetPersonState = z.strictObject({ state: z.enum(["active", "suspended"]), reason }).meta({
  id: "SetPersonState",
  description: "A suspended person can return a power bank and is refunded, and starts nothing",
});
export const SetPersonRole = z
  .strictObject({ role: z.enum(["renter", "agent", "support", "finance", "admin"]), reason })
  .meta({ id: "SetPersonRole" });

export const PersonView = z
  .object({
    id: z.string(),
    name: z.string(),
    maskedPhone: z
      .string()
      .nullable()
      .meta({ description: "Enough to recognise, too little to call", example: "+2557•••••678" }),
    locale: LocaleCode,
    state: z.enum(["pending", "active", "suspended", "closed"]),
    role: z.enum(["renter", "agent", "support", "finance", "admin"]),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Person" });
export const PeoplePage = z
  .object({ items: z.array(PersonView), nextCursor: z.string().nullable() })
  .meta({ id: "PeoplePage" });
export const PersonDetailView = z
  .object({
    person: PersonView,
    walletTzs: z.int(),
    debtTzs: z.int(),
    closedAccounts: z
      .array(z.object({ id: z.string(), closedAt: z.iso.datetime(), walletTzs: z.int() }))
      .meta({ description: "Accounts that were closed under the same number, newest first" }),
  })
  .meta({ id: "PersonDetail" });

export const personView = (person: Person): z.infer<typeof PersonView> => ({
  id: person.id,
  name: person.name,
  maskedPhone: person.maskedPhone,
  locale: person.locale,
  state: person.state,
  role: person.role,
  createdAt: isoTime(person.createdAtMs),
});
export const personDetailView = (detail: PersonDetail): z.infer<typeof PersonDetailView> => ({
  person: personView(detail.person),
  walletTzs: detail.walletTzs,
  debtTzs: detail.debtTzs,
  closedAccounts: detail.closedAccounts.map(({ id, closedAtMs, walletTzs }) => ({
    id,
    closedAt: isoTime(closedAtMs),
    walletTzs,
  })),
});
