// Every story of a renter that needs no time to pass, each on its own. Those of the days are in days.ts.
import { leave } from "./account.ts";
import { hearRefusals, loseAndFind, topUp } from "./app.ts";
import type { Cast, Language } from "./cast.ts";
import { disputeBill, swapBadBank } from "./complaints.ts";
import { doubtGateways } from "./gateways.ts";
import { loseByKeypad, rentByKeypad } from "./keypad.ts";
import { askByTextWithoutEnd, askForCodes, reachTheLimit } from "./limits.ts";
import { rent } from "./rental.ts";
import type { Renter, Scene } from "./scene.ts";
import { signUp } from "./sign-up.ts";
import { rentByText } from "./texts.ts";

/** More requests than one client may make. */
const TOO_MANY = 140;

export interface Help {
  agent: Renter;
  support: Renter;
  /** How long a power bank is out. */
  waitMs: number;
}

export interface Story {
  title: string;
  tell(scene: Scene, cast: Cast, language: Language, help: Help): Promise<void>;
}

/** The longest first, so that what is told beside each other ends together. */
export const STORIES: Story[] = [
  {
    title: "By text alone",
    tell: (scene, cast, { gateways }) => rentByText(scene, cast.stranger(), gateways[0]),
  },
  {
    title: "A phone with keys",
    tell: (scene, cast, { gateways }) => rentByKeypad(scene, cast.stranger(), gateways[0], cast.stranger()),
  },
  {
    title: "The app",
    async tell(scene, cast, _language, { waitMs }) {
      const renter = await signUp(scene, cast.person());
      await rent(scene, renter, waitMs);
      await hearRefusals(scene, renter);
      await topUp(scene, renter, 3_000);
      await leave(scene, renter);
    },
  },
  {
    title: "What gateways do",
    tell: async (scene, cast, _language, { support }) =>
      doubtGateways(scene, await signUp(scene, cast.person()), support),
  },
  {
    title: "Lost, on a phone with keys",
    tell: (scene, cast, { gateways }) => loseByKeypad(scene, cast.stranger(), gateways[1]),
  },
  {
    title: "More time, lost and found",
    tell: async (scene, cast) => loseAndFind(scene, await signUp(scene, cast.person())),
  },
  {
    title: "A bad power bank",
    tell: async (scene, cast, _language, { agent }) => swapBadBank(scene, await signUp(scene, cast.person()), agent),
  },
  {
    title: "A wrong bill",
    tell: async (scene, cast, _language, { support }) =>
      disputeBill(scene, await signUp(scene, cast.person()), support),
  },
  {
    title: "Too much",
    async tell(scene, cast) {
      const [renter, neighbour] = [await signUp(scene, cast.person()), await signUp(scene, cast.person())];
      await askForCodes(scene, renter);
      await reachTheLimit(scene, renter, neighbour, TOO_MANY);
      await askByTextWithoutEnd(scene, neighbour);
    },
  },
];
