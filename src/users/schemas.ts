import { z } from "zod";
import { idPattern } from "../lib/ids.ts";
import { locales } from "../lib/i18n.ts";

export const LocaleCode = z.enum(locales).meta({ description: "Language of messages", example: "sw" });

/** What a person calls themselves: any letters, no control or invisible formatting characters. */
export const PersonName = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]*$/u)
  .meta({ example: "Asha Mrema" });

/** As typed; the verbs normalise it and refuse what is no Tanzanian mobile number. */
export const PhoneText = z
  .string()
  .min(1)
  .max(32)
  .meta({ description: "A Tanzanian mobile number", example: "0712 345 678" });

export const UserView = z
  .object({
    id: z.string().regex(idPattern("usr")),
    phone: z.string().meta({ description: "The user's own number, +255…", example: "+255712345678" }),
    name: z.string(),
    locale: LocaleCode,
    state: z.enum(["pending", "active", "suspended", "closed"]),
    role: z.enum(["renter", "agent", "support", "finance", "admin"]),
  })
  .meta({ id: "User" });
export type UserView = z.infer<typeof UserView>;

const QuietHours = z
  .strictObject({
    from: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
      .meta({ example: "22:00" }),
    to: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
      .meta({ example: "06:00" }),
  })
  .refine(({ from, to }) => from !== to, { path: ["to"] })
  .nullable()
  .meta({ description: "When notices wait, in Dar es Salaam; null: none. What concerns money always comes at once" });

export const ProfileView = UserView.extend({
  email: z.string().nullable(),
  quietHours: QuietHours,
  wantsOffers: z.boolean(),
  createdAt: z.iso.datetime(),
}).meta({ id: "Profile" });
export type ProfileView = z.infer<typeof ProfileView>;

export const UpdateProfile = z
  .strictObject({
    name: PersonName,
    locale: LocaleCode,
    email: z.email().max(254).nullable().optional().meta({ description: "null takes it away" }),
    quietHours: QuietHours.optional(),
    wantsOffers: z.boolean().optional().meta({ description: "Asked apart from everything else" }),
  })
  .meta({ id: "UpdateProfile", description: "Of what may be left out, what is left out stays" });
export type UpdateProfile = z.infer<typeof UpdateProfile>;

export const CloseQuery = z.strictObject({
  giveUpTzs: z
    .string()
    .regex(/^\d{1,7}$/)
    .transform(Number)
    .default(0)
    .meta({ description: "The whole wallet, to the shilling, where it is too little to be withdrawn", example: "300" }),
});
