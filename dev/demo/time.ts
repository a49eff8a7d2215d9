// Time runs out for a renter of the station whose included time is a minute: what is told, and when. Begun before the other stories and
// ended after them, so that nobody waits for it.
import { ProfileView } from "../../src/users/schemas.ts";
import { dialMenu, type Gateway, hears, typePin } from "./phone.ts";
import { type Renter, type Scene, take } from "./scene.ts";
import { signUp } from "./sign-up.ts";
import { putBack, SHORT_STATION, takeBank } from "./street.ts";

export interface Running {
  renter: Renter;
  gateway: Gateway;
  bank: string;
}

type Person = Pick<Renter, "name" | "msisdn" | "locale">;

/** Signs up in the app, wants to be told at night too, and rents with the keys of the same phone. */
export const beginShort = async (scene: Scene, person: Person, gateway: Gateway): Promise<Running> => {
  const { say, outside } = scene;
  const renter = await signUp(scene, person);
  const { token, locale, name } = renter;
  say.step("wants no quiet hours");
  const body = { name, locale, quietHours: null };
  const answer = await outside.call("PUT", "/api/v1/users/profile", { token, locale, body });
  const profile = take(say, answer, 200, ProfileView, "the profile is changed");
  say.expect(profile.quietHours === null, "notices come at any hour", profile);
  const call = await dialMenu(scene, renter, gateway);
  await call.press("1", SHORT_STATION, "1", "1");
  await typePin(scene, renter);
  const bank = await takeBank(scene, renter);
  await hears(scene, renter, /\d{6}/, "an SMS has the rental's own code");
  return { renter, gateway, bank };
};

export const endShort = async (scene: Scene, { renter, gateway, bank }: Running): Promise<void> => {
  const { say } = scene;
  say.step("is reminded before the end, and told at the end");
  await hears(scene, renter, /./, "the reminder came");
  await hears(scene, renter, /./, "the end was told");
  const late = await (await dialMenu(scene, renter, gateway)).press("2");
  say.expect(/UMECHELEWA|LATE/.test(late.text), "the menu says that it is late, and the price of now");
  await putBack(scene, bank, SHORT_STATION);
  const bill = await hears(scene, renter, /\/r\//, "an SMS has the bill");
  say.expect(/1,500/.test(bill), "the base fee and one started hour", bill);
};
