// What a simulation that was killed has left: its servers, its folder, its objects' storage in memory. Each is named after the
// process that made it.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { endOrphan } from "../orphans.ts";
import { removePostgresData } from "../postgres-home.ts";
import { isAlive } from "../process.ts";

/** Objects write at every turn and nothing of it has to survive: in memory where the machine has files in memory. */
export const MEMORY = "/dev/shm";
/** Followed by the id of the process and the name of the run. */
export const OBJECTS = "chajipoa-objects-";

const NOTE = ".pids";
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

export const removeFolder = async (folder: string): Promise<void> => {
  await removePostgresData(join(folder, "postgres"));
  await rm(folder, { recursive: true, force: true });
};

/** `parent` holds the folders of all simulations. */
export const removeLeftovers = async (parent: string): Promise<void> => {
  for (const name of await namesIn(parent)) {
    if (isAlive(Number(name))) continue;
    const folder = join(parent, name);
    for (const note of await namesIn(folder))
      if (note.endsWith(NOTE)) await endOrphan(join(folder, note.slice(0, -NOTE.length)));
    await removeFolder(folder);
  }
  for (const name of await namesIn(MEMORY)) {
    if (!name.startsWith(OBJECTS)) continue;
    if (!isAlive(Number.parseInt(name.slice(OBJECTS.length), 10)))
      await rm(join(MEMORY, name), { recursive: true, force: true });
  }
};
