// Somebody of staff in the demo: signs in like everybody, and does what a story needs of them.
import { ChallengeView, SessionView } from "../../src/auth/schemas.ts";
import { type Renter, type Scene, take } from "./scene.ts";

const NUMBERS = { agent: "255713000001", support: "255713000002" };
export type Role = keyof typeof NUMBERS;

export const signInStaff = async ({ outside, say }: Scene, role: Role): Promise<Renter> => {
  const msisdn = NUMBERS[role];
  const phone = `0${msisdn.slice(3)}`;
  say.step(`${role} signs in with ${phone}`);
  const before = (await outside.readSms(msisdn, 0)).length;
  const asked = await outside.call("POST", "/api/v1/auth/login", { locale: "en", body: { phone } });
  const { challengeId } = take(say, asked, 202, ChallengeView, "a code is on its way");
  const text = (await outside.readSms(msisdn, before + 1)).at(-1);
  const otp = say.need(/\b\d{6}\b/.exec(text ?? "")?.[0], "the code came");
  const body = { challengeId, phone, otp };
  const verified = await outside.call("POST", "/api/v1/auth/verify-phone", { locale: "en", body });
  const { accessToken: token, refreshToken } = take(say, verified, 200, SessionView, "and signs in");
  return { name: role, msisdn, locale: "en", token, refreshToken, smsRead: before + 1, isKnown: true };
};
