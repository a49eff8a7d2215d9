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
