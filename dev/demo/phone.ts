// A renter's own phone in the demo: its keypad, its texts, its prompts.
import { pause, type Renter, type Scene } from "./scene.ts";

export type Gateway = "africastalking" | "beem";

export interface Call {
  /** Types inputs one after the other; answers the last screen, or null when the session broke off. */
  press(...inputs: string[]): Promise<{ text: string; isEnd: boolean }>;
}

const SCREEN_MOST = 160;
/** What a gateway surely waits. That an answer takes under a second is a matter of round trips, which are counted in the tests of the menu. */
const GATEWAY_WAITS_MS = 5_000;
const HEARD_WITHIN_MS = 20_000;
const LOOK_MS = 200;
/** Longer than a notice takes from the alarm to the handset. */
const QUIET_MS = 2_000;

/** Dials the menu. Each screen is shown, and must fit a handset and come while the gateway waits. */
export const dialMenu = async ({ outside, say }: Scene, { msisdn }: Renter, gateway: Gateway): Promise<Call> => {
  say.step(`dials the menu through ${gateway}`);
  let shown = await outside.dial(msisdn, gateway);
  const check = (): void => {
    say.screen(shown.text || (shown.wrong ?? ""));
    const isRight =
      shown.wrong === undefined && shown.text.length <= SCREEN_MOST && shown.durationMs < GATEWAY_WAITS_MS;
    if (!isRight) say.expect(false, "a screen that fits, in time", shown);
  };
  check();
  return {
    async press(...inputs) {
      for (const input of inputs) {
        say.sees(`> ${input}`);
        shown = await outside.type(shown.sessionId, input);
        check();
      }
      return shown;
    },
  };
};

/** Writes to our number. */
export const write = async (
  { outside, say }: Scene,
  { msisdn }: Renter,
  words: string,
  gateway: Gateway,
): Promise<void> => {
  say.step(`writes ${words}`);
  say.expect((await outside.write(msisdn, words, gateway)) === 200, `${gateway} has passed it on`);
};

/** The next text that says so; everything that comes is shown. Answers it. */
export const hears = async (
  { outside, say }: Scene,
  renter: Renter,
  pattern: RegExp,
  fact: string,
): Promise<string> => {
  const untilMs = Date.now() + HEARD_WITHIN_MS;
  const unheard: string[] = [];
  while (Date.now() < untilMs) {
    const texts = await outside.readSms(renter.msisdn, 0);
    for (const text of texts.slice(renter.smsRead)) {
      renter.smsRead++;
      say.sms(text);
      if (pattern.test(text)) return say.need(text, fact);
      unheard.push(text);
    }
    await pause(LOOK_MS);
  }
  return say.need<string>(null, fact, unheard);
};

/** Whatever there was to say has been said: others were told in the same moment. */
export const staysSilent = async ({ outside, say }: Scene, renter: Renter, fact: string): Promise<void> => {
  await pause(QUIET_MS);
  const unheard = (await outside.readSms(renter.msisdn, 0)).slice(renter.smsRead);
  say.expect(unheard.length === 0, fact, unheard);
};

/** Types the PIN on the prompt. */
export const typePin = async ({ outside, say }: Scene, { msisdn }: Renter, amountTzs?: number): Promise<void> => {
  say.step("gets the prompt and types the PIN");
  const prompt = say.need(await outside.waitForPrompt(msisdn), "the prompt arrived");
  say.sees(`${prompt.provider}: TZS ${Number(prompt.amount).toLocaleString("en-US")} to ChajiPoa?`);
  if (amountTzs !== undefined)
    say.expect(Number(prompt.amount) === amountTzs, "it asks for what was said", prompt.amount);
  say.expect(await outside.act(prompt.transactionId, "approve"), "approved");
};
