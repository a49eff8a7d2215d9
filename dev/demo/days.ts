// Days go by: what is told to whom, and when, until a power bank counts as lost and is found again. All lives of all languages go through the
// same hours side by side, so that the town's time is put forward once for all of them.
import type { Person } from "./cast.ts";
import { type Act, ACTS, beginLife, type Kind, type Life, OFFSETS } from "./lives.ts";
import { DemoOver, type Narrator } from "./narrator.ts";
import type { Outside } from "./outside.ts";
import type { Scene } from "./scene.ts";
import { putBack } from "./street.ts";
import { clockOf, waitUntil } from "./time.ts";

const MINUTE_MS = 60_000;

export interface Beginning {
  scene: Scene;
  person: Person;
  kind: Kind;
}

/** `town` tells of the time; each life tells its own story. */
export const walkDays = async (town: { outside: Outside; say: Narrator }, beginnings: Beginning[]): Promise<void> => {
  const lives: Life[] = [];
  await Promise.all(
    beginnings.map(async (beginning) => {
      const life = await attempt(beginning.scene, beginning.person.name, () => beginLife(beginning));
      if (life) lives.push(life);
    }),
  );
  const dueAtMs = Math.max(...lives.map((life) => life.dueAtMs));
  let running = lives;
  for (const minutes of OFFSETS) {
    const nowMs = await waitUntil(town, dueAtMs + minutes * MINUTE_MS);
    const going = await Promise.all(
      running.map(async (life) => {
        const act: Act | undefined = ACTS[life.kind][minutes];
        if (!act) return life;
        life.scene.say.hour(clockOf(nowMs));
        return (await attempt(life.scene, life.renter.name, () => act(life).then(() => true))) ? life : null;
      }),
    );
    running = going.filter((life) => life !== null);
  }
};

/** Null when it broke off; what the renter carries is put back then, so that the next one can begin. */
const attempt = async <T>(scene: Scene, name: string, work: () => Promise<T>): Promise<T | null> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DemoOver)) scene.say.expect(false, error instanceof Error ? error.message : String(error));
    const { held } = await scene.outside.look();
    for (const { powerBankId, renter } of held) if (renter === name) await putBack(scene, powerBankId);
    return null;
  }
};
