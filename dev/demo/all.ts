// Every story of a renter, in both languages, one after the other. One that fails does not keep the others from being told.
import { leave } from "./account.ts";
import { hearRefusals, loseAndFind, reachTheLimit, topUp } from "./app.ts";
import { loseByKeypad, rentByKeypad } from "./keypad.ts";
import { DemoOver } from "./narrator.ts";
import { rent } from "./rental.ts";
import type { Renter, Scene } from "./scene.ts";
import { signUp } from "./sign-up.ts";
import { putBack } from "./street.ts";
import { rentByText } from "./texts.ts";
import { beginShort, endShort, type Running } from "./time.ts";

/** More requests than one client may make. */
const TOO_MANY = 120;
const LANGUAGES = [
  { locale: "sw", title: "in Swahili", unnamed: "Mteja", named: "Asha", gateways: ["africastalking", "beem"] },
  { locale: "en", title: "in English", unnamed: "Customer", named: "John", gateways: ["beem", "africastalking"] },
] as const;

export const walkAll = async (scene: Scene, freshNumber: () => string, waitMs: number): Promise<void> => {
  const { say, outside } = scene;
  /** Who is in the story that is told. */
  const names = new Set<string>();
  const person = ({ locale, named }: (typeof LANGUAGES)[number]) => {
    const msisdn = freshNumber();
    const name = `${named} ${msisdn.slice(-4)}`;
    names.add(name);
    return { name, msisdn, locale };
  };
  /** A stranger to us, who is called by the end of the number once there is an account. */
  const stranger = ({ locale, unnamed }: (typeof LANGUAGES)[number]): Renter => {
    const msisdn = freshNumber();
    const name = `${unnamed} ${msisdn.slice(-3)}`;
    names.add(name);
    return { name, msisdn, locale, token: "", smsRead: 0, isKnown: false };
  };
  const tell = async (title: string, work: () => Promise<void>): Promise<void> => {
    say.chapter(title);
    names.clear();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof DemoOver)) say.expect(false, error instanceof Error ? error.message : String(error));
      // A story that broke off leaves its power bank in a station, so that the next one can begin.
      const { held } = await outside.look();
      for (const { powerBankId, renter } of held)
        if (renter !== null && names.has(renter)) await putBack(scene, powerBankId);
    }
  };
  const running: Running[] = [];
  for (const language of LANGUAGES)
    await tell(`A minute begins, ${language.title}`, async () => {
      running.push(await beginShort(scene, person(language), language.gateways[0]));
    });
  for (const language of LANGUAGES) {
    const { title, gateways } = language;
    const [gateway, other] = gateways;
    await tell(`The app, ${title}`, async () => {
      const renter = await signUp(scene, person(language));
      await rent(scene, renter, waitMs);
      await topUp(scene, renter, 30_000);
      await loseAndFind(scene, renter);
      await hearRefusals(scene, renter);
      await leave(scene, renter);
    });
    await tell(`A phone with keys, ${title}`, () =>
      rentByKeypad(scene, stranger(language), gateway, stranger(language)),
    );
    await tell(`Lost, on a phone with keys, ${title}`, () => loseByKeypad(scene, stranger(language), other));
    await tell(`By text alone, ${title}`, () => rentByText(scene, stranger(language), gateway));
  }
  for (const each of running) await tell("The minute is over", () => endShort(scene, each));
  await tell("Too much", async () => {
    const renter = await signUp(scene, { name: "Programu", msisdn: freshNumber(), locale: "sw" });
    await reachTheLimit(scene, renter, TOO_MANY);
  });
};
