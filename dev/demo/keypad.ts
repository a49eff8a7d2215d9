// The whole rental from a phone with keys, by a number that nobody knew before.
import { type Call, dialMenu, type Gateway, hears, typePin } from "./phone.ts";
import type { Renter, Scene } from "./scene.ts";
import { putBack, stationWithBank, takeBank } from "./street.ts";

/** Speaks the renter's language from the first screen on. */
const open = async (scene: Scene, renter: Renter, gateway: Gateway): Promise<Call> => {
  const call = await dialMenu(scene, renter, gateway);
  if (renter.locale === "en" && !renter.isKnown) await call.press("7", "2");
  return call;
};

export const rentByKeypad = async (scene: Scene, renter: Renter, gateway: Gateway, friend: Renter): Promise<void> => {
  const { say, outside } = scene;
  const from = await stationWithBank(scene);

  let call = await open(scene, renter, gateway);
  say.expect((await call.press("1", "0000")).text.includes("0000"), "a station that does not exist is said to be none");
  await call.press(from.code, "1");
  await outside.armKeypad("twice", renter.msisdn);
  const asked = await call.press("1");
  say.expect(
    asked.isEnd,
    "the session ends before the prompt comes; the gateway posted twice, and nothing happened twice",
  );
  renter.isKnown = true;
  await typePin(scene, renter, 5_000);
  const bank = await takeBank(scene, renter);
  const out = await hears(scene, renter, /\d{6}/, "an SMS has the rental's own code");
  const code = /\b\d{6}\b/.exec(out)?.[0] ?? "";

  call = await open(scene, renter, gateway);
  say.expect((await call.press("2")).text.includes(code), "the status tells the price of now, the end and the code");
  await call.press("1");
  say.expect((await call.press("1")).isEnd, "more time is asked for");
  await typePin(scene, renter, 500);
  await hears(scene, renter, /./, "an SMS tells the new end");

  say.step("the battery dies; a friend's phone has the code");
  call = await open(scene, friend, gateway === "beem" ? "africastalking" : "beem");
  say.expect((await call.press("6", code)).text.includes(from.name), "the rental is found from another number");
  await call.press("1");
  say.expect((await call.press(from.code)).isEnd, "I returned it: the station is asked, and a word alone ends nothing");
  await hears(scene, friend, /./, "the friend hears what the station says");
  await putBack(scene, bank);
  await hears(scene, renter, /./, "an SMS has the bill");

  call = await open(scene, renter, gateway);
  await outside.armKeypad("again", renter.msisdn);
  const back = await call.press("2", "0");
  say.expect(!back.isEnd, "a post that the gateway repeats out of order changes nothing");
  await call.press("4");
  const free = await call.press("1");
  say.expect(!free.isEnd, "the wallet has what is left of the deposit");
  await call.press("1");
  say.expect((await call.press("1")).isEnd, "it is sent to this number, and to no other");
  await hears(scene, renter, /./, "an SMS tells that it arrived");
  await (await open(scene, renter, gateway)).press("8");
};

/** A number that is registered inside the menu, and says that its power bank is lost. */
export const loseByKeypad = async (scene: Scene, renter: Renter, gateway: Gateway): Promise<void> => {
  const { say } = scene;
  let call = await open(scene, renter, gateway);
  await call.press("4", "9");
  say.expect((await call.press("1")).isEnd, "the account is open");
  renter.isKnown = true;

  const from = await stationWithBank(scene);
  call = await open(scene, renter, gateway);
  await call.press("1", from.code, "1", "1");
  await typePin(scene, renter);
  const bank = await takeBank(scene, renter);
  await hears(scene, renter, /\d{6}/, "an SMS says so");
  call = await open(scene, renter, gateway);
  await call.press("5", "1");
  say.expect((await call.press("1")).isEnd, "it counts as lost");
  await hears(scene, renter, /./, "an SMS tells what is charged");
  call = await open(scene, renter, gateway);
  say.expect(/\d/.test((await call.press("1")).text), "who owes does not rent");
  await call.press("0", "4");
  await putBack(scene, bank);
  await hears(scene, renter, /./, "it was found again: the difference comes back");
  await (await open(scene, renter, gateway)).press("4");
};
