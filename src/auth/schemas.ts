import { z } from "zod";
import { idPattern, type Id } from "../lib/ids.ts";
import { LocaleCode, PersonName, PhoneText, UserView } from "../users/schemas.ts";

const ChallengeId = z.string().regex(idPattern("chl")).meta({ example: "chl_01k8m3r4t5v6w7x8y9zabcdefg" });
const challengeId = ChallengeId.transform((text) => text as Id<"chl">);

export const Register = z
  .strictObject({ phone: PhoneText, name: PersonName, locale: LocaleCode.default("sw") })
  .meta({ id: "Register" });
export const Login = z.strictObject({ phone: PhoneText }).meta({ id: "Login" });
export const ResendOtp = z.strictObject({ challengeId, phone: PhoneText }).meta({ id: "ResendOtp" });
export const VerifyPhone = z
  .strictObject({
    challengeId,
    phone: PhoneText,
    otp: z
      .string()
      .regex(/^\d{6}$/)
      .meta({ example: "042137" }),
  })
  .meta({ id: "VerifyPhone" });
export const Refresh = z.strictObject({ refreshToken: z.string().min(1).max(200) }).meta({ id: "Refresh" });

export const ChallengeView = z
  .object({
    challengeId: ChallengeId,
    resendInSeconds: z.int().meta({ description: "After that another code may be asked for" }),
    expiresInSeconds: z.int(),
  })
  .meta({ id: "Challenge" });

export const TokensView = z
  .object({
    accessToken: z.string(),
    expiresInSeconds: z.int().meta({ description: "Life of the access token" }),
    refreshToken: z.string().meta({ description: "Good for one use within 7 days" }),
  })
  .meta({ id: "Tokens" });
export const SessionView = TokensView.extend({ user: UserView }).meta({ id: "Session" });

export const JwksView = z.object({ keys: z.array(z.record(z.string(), z.string())) }).meta({ id: "Jwks" });

export type Register = z.infer<typeof Register>;
export type Login = z.infer<typeof Login>;
export type ResendOtp = z.infer<typeof ResendOtp>;
export type VerifyPhone = z.infer<typeof VerifyPhone>;
export type Refresh = z.infer<typeof Refresh>;
export type ChallengeView = z.infer<typeof ChallengeView>;
export type TokensView = z.infer<typeof TokensView>;
export type SessionView = z.infer<typeof SessionView>;
