// Every story of a renter, in both languages: first those that need no time, a few beside each other and each printed whole once it is over;
// then the days, for which the town's time is put forward. One that fails does not keep the others from being told.
import { createCast, LANGUAGES, type Cast, type Language } from "./cast.ts";
import { walkDays, type Beginning } from "./days.ts";
import { KINDS } from "./lives.ts";
import { createNarrator, DemoOver, type Narrator } from "./narrator.ts";
import type { Outside } from "./outside.ts";
import type { Scene } from "./scene.ts";
import { signInStaff } from "./staff.ts";
import { STORIES, type Help, type Story } from "./stories.ts";
import { putBack } from "./street.ts";
import { nextMorning, waitUntil } from "./time.ts";

/** The stations have banks and slots for so many at once. */
const BESIDE_EACH_OTHER = 4;
export const DAY_TITLES = { late: "Late until lost, and found", punctual: "Back when reminded", quiet: "Quiet hours" };

interface Stage {
  outside: Outside;
  say: Narrator;
  hasColours: boolean;
  freshNumber(): string;
  waitMs: number;
}

/** Tells of one story what has been said when it is over. */
const rehearse = ({ outside, say, hasColours }: Stage) => {
  const lines: string[] = [];
  const own = createNarrator((line) => lines.push(line), hasColours);
  const scene: Scene = { outside, say: own };
  return { scene, print: () => say.append(lines.splice(0), own) };
};

export const walkAll = async (stage: Stage): Promise<void> => {
  const { outside, say } = stage;
  say.chapter("A new day");
  await waitUntil(stage, nextMorning(await outside.nowMs()));
  const help: Help = {
    agent: await signInStaff(stage, "agent"),
    support: await signInStaff(stage, "support"),
    waitMs: stage.waitMs,
  };
  const waiting = STORIES.flatMap((story) => LANGUAGES.map((language) => ({ story, language })));
  const teller = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await tell(stage, next.story, next.language, help);
  };
  await Promise.all(Array.from({ length: BESIDE_EACH_OTHER }, teller));

  say.chapter("Days go by");
  const told: (() => void)[] = [];
  const beginnings = LANGUAGES.flatMap((language) =>
    KINDS.map((kind): Beginning => {
      const { scene, print } = rehearse(stage);
      told.push(print);
      scene.say.chapter(`${DAY_TITLES[kind]}, ${language.title}`);
      return { scene, kind, person: createCast(language, stage.freshNumber).person() };
    }),
  );
  await walkDays(stage, beginnings);
  told.forEach((print) => print());
};

const tell = async (stage: Stage, story: Story, language: Language, help: Help): Promise<void> => {
  const { scene, print } = rehearse(stage);
  const cast = createCast(language, stage.freshNumber);
  scene.say.chapter(`${story.title}, ${language.title}`);
  try {
    await story.tell(scene, cast, language, help);
  } catch (error) {
    if (!(error instanceof DemoOver)) scene.say.expect(false, error instanceof Error ? error.message : String(error));
    await tidyUp(scene, cast);
  }
  print();
};

/** A story that broke off leaves its power banks in a station, so that the next one can begin. */
const tidyUp = async (scene: Scene, { names }: Cast): Promise<void> => {
  const { held } = await scene.outside.look();
  for (const { powerBankId, renter } of held)
    if (renter !== null && names.has(renter)) await putBack(scene, powerBankId).catch(() => {});
};
