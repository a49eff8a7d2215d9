// A stack that was killed leaves its servers running in their folders. Each server's folder has a note beside it that says
// which stack started which process, so that the next stack can tell a living neighbour from an orphan and end the orphan.
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { isAlive } from "./process.ts";

const GRACE_MS = 5_000;

/** Process ids are used again, so a process is its id and the moment it started. */
interface ProcessName {
  pid: number;
  startedAt: string;
}

interface Note {
  stack: ProcessName;
  part: ProcessName;
}

const noteOf = (folder: string): string => `${folder}.pids`;

export const noteProcess = async (folder: string, pid: number): Promise<void> => {
  const [stack, part] = await Promise.all([process.pid, pid].map(nameProcess));
  await mkdir(dirname(folder), { recursive: true });
  await writeFile(noteOf(folder), JSON.stringify({ stack, part }));
};

export const forgetProcess = (folder: string): Promise<void> => rm(noteOf(folder), { force: true });

/** Answers the id of a stack that uses the folder right now; ends what a stack that is gone left running in it. */
export const endOrphan = async (folder: string): Promise<number | null> => {
  const note = await readNote(folder);
  if (!note) return null;
  const isRunning = await isSame(note.part);
  if (isRunning && (await isSame(note.stack))) return note.stack.pid;
  if (isRunning) await end(note.part.pid);
  await forgetProcess(folder);
  return null;
};

const end = async (pid: number): Promise<void> => {
  process.kill(pid, "SIGINT");
  const deadlineMs = Date.now() + GRACE_MS;
  while (isAlive(pid) && Date.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 20));
  if (isAlive(pid)) process.kill(pid, "SIGKILL");
};

const readNote = async (folder: string): Promise<Note | null> => {
  try {
    return JSON.parse(await readFile(noteOf(folder), "utf8")) as Note;
  } catch {
    return null;
  }
};

const isSame = async ({ pid, startedAt }: ProcessName): Promise<boolean> =>
  isAlive(pid) && (await nameProcess(pid)).startedAt === startedAt;

/** Small Linux images have no `ps`, macOS has no /proc. */
const nameProcess = async (pid: number): Promise<ProcessName> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces; the start is the 20th word after it, in ticks since the machine started.
    return { pid, startedAt: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "" };
  } catch {
    const asked = promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
    return { pid, startedAt: (await asked.catch(() => ({ stdout: "" }))).stdout.trim() };
  }
};
