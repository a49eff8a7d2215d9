// Limits from outside: who asks without end is told to wait, and nobody else is.
import { calls, codeOf, detailOf } from "./api.ts";
import { topUp } from "./app.ts";
import type { Answer } from "./outside.ts";
import { staysSilent } from "./phone.ts";
import type { Renter, Scene } from "./scene.ts";

const AT_ONCE = 15;
/** MESSAGE_ANSWERS_PER_DAY of wrangler.toml. */
const ANSWERS_PER_DAY = 40;
const TEXTS = 45;

/** Asks until it is told to wait. `neighbour` comes from the same address, as behind an operator's. */
export const reachTheLimit = async (scene: Scene, renter: Renter, neighbour: Renter, most: number): Promise<void> => {
  const { say } = scene;
  say.step("an app that asks without end");
  const call = calls(scene, renter);
  let answer = await call("GET", "/users/wallet");
  say.sees(`RateLimit: ${answer.headers.get("ratelimit") ?? "none"}`);
  for (let asked = 0; asked < most && answer.status === 200; asked += AT_ONCE) {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => call("GET", "/users/wallet")));
    answer = answers.find(({ status }) => status !== 200) ?? answers[0]!;
  }
  tellsToWait(scene, answer, "rate_limited");
  const other = await calls(scene, neighbour)("GET", "/users/wallet");
  say.expect(other.status === 200, "a neighbour behind the same address is not locked out", other.status);
};

/** A second code at once is not sent, in either language; a wrong one is refused. */
export const askForCodes = async (scene: Scene, { msisdn }: Pick<Renter, "msisdn">): Promise<void> => {
  const { say, outside } = scene;
  say.step("asks for a second code at once");
  for (const locale of ["sw", "en"] as const) {
    const body = { phone: `0${msisdn.slice(3)}` };
    tellsToWait(scene, await outside.call("POST", "/api/v1/auth/login", { locale, body }), "otp_wait");
  }
};

const tellsToWait = ({ say }: Scene, answer: Answer, code: string): void => {
  say.expect(
    codeOf(answer) === code && answer.status === 429 && answer.headers.has("retry-after"),
    `is told to come again in ${answer.headers.get("retry-after") ?? "?"} s`,
    answer.body,
  );
  say.sees(detailOf(answer));
};

/** More texts in a day than anybody is answered: then silence, but for money. */
export const askByTextWithoutEnd = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say, outside } = scene;
  const word = renter.locale === "sw" ? "SALIO" : "BALANCE";
  say.step(`writes ${word} ${TEXTS} times in a day`);
  for (let written = 0; written < TEXTS; written += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, () => outside.write(renter.msisdn, word, "beem")));
  const answers = await outside.readSms(renter.msisdn, renter.smsRead + ANSWERS_PER_DAY);
  say.sms(answers.at(-1) ?? "");
  renter.smsRead = answers.length;
  await staysSilent(scene, renter, `${ANSWERS_PER_DAY} of them are answered`);
  say.expect(answers.length === 1 + ANSWERS_PER_DAY, "no more and no less", answers.length);
  await topUp(scene, renter, 1_000);
};
