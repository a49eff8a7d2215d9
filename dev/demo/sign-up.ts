import { ChallengeView, SessionView } from "../../src/auth/schemas.ts";
import { type Renter, type Scene, take } from "./scene.ts";

/** A new renter from the first tap to being signed in. */
export const signUp = async (
  { outside, say }: Scene,
  renter: Pick<Renter, "name" | "msisdn" | "locale">,
): Promise<Renter> => {
  const { name, msisdn, locale } = renter;
  const phone = `0${msisdn.slice(3)}`;
  say.step(`${name} registers with ${phone}`);
  const registered = await outside.call("POST", "/api/v1/auth/register", { locale, body: { phone, name, locale } });
  const { challengeId } = take(
    say,
    registered,
    202,
    ChallengeView,
    "the answer is 202 with a challenge, known number or not",
  );

  say.step("reads the code on the phone");
  const [text] = await outside.readSms(msisdn, 1);
  say.sms(say.need(text, "an SMS arrived"));
  const otp = say.need(/\b\d{6}\b/.exec(text ?? "")?.[0], "there is a code of six digits in it");

  say.step("types it in");
  const wrong = String((Number(otp) + 1) % 1_000_000).padStart(6, "0");
  const refused = await outside.call("POST", "/api/v1/auth/verify-phone", {
    locale,
    body: { challengeId, phone, otp: wrong },
  });
  say.expect(refused.status >= 400 && refused.status < 500, "a wrong code is refused", refused.body);
  const verified = await outside.call("POST", "/api/v1/auth/verify-phone", {
    locale,
    body: { challengeId, phone, otp },
  });
  const session = take(say, verified, 200, SessionView, "the right one signs in");
  say.expect(
    session.user.phone === `+${msisdn}` && session.user.state === "active",
    "the account is active and has this number",
    session.user,
  );
  const { accessToken: token, refreshToken } = session;
  return { ...renter, token, refreshToken, smsRead: 1, isKnown: true };
};
