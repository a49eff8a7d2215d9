// Which stack runs in a folder: a note with its process and, once it is ready, its addresses. The demo reads it, a second
// `up` is told by it, and one that was left by a killed stack is seen through.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { isAlive, StackError } from "../process.ts";

const Addresses = z.object({
  worker: z.url(),
  console: z.url(),
  azampay: z.url(),
  sms: z.url(),
  africastalking: z.url(),
  tra: z.url(),
  ussd: z.url(),
});
export type Addresses = z.infer<typeof Addresses>;
/** `addresses` is null until the stack is ready. */
const Note = z.object({ pid: z.int(), addresses: Addresses.nullable() });
export type RunningStack = z.infer<typeof Note>;

const noteIn = (folder: string): string => join(folder, "up.json");

/** The stack that runs in the folder right now, or null. */
export const findRunningStack = (folder: string): RunningStack | null => {
  let note: RunningStack;
  try {
    note = Note.parse(JSON.parse(readFileSync(noteIn(folder), "utf8")));
  } catch {
    return null;
  }
  return isStack(note.pid) ? note : null;
};

/** Process ids are used again: it is a stack only when its command line says so. */
const isStack = (pid: number): boolean => {
  if (!isAlive(pid)) return false;
  try {
    const file = `/proc/${pid}/cmdline`;
    const command = existsSync(file)
      ? readFileSync(file, "utf8")
      : execFileSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
    return /\bup\.ts\b/.test(command);
  } catch {
    return false;
  }
};

/** Takes the folder for this process. Throws StackError `data_folder_locked` while another stack has it. */
export const claimFolder = async (
  folder: string,
): Promise<{ announce(addresses: Addresses): Promise<void>; release(): Promise<void> }> => {
  const path = noteIn(folder);
  const write = (addresses: Addresses | null, flag: "w" | "wx", to = path): Promise<void> =>
    writeFile(to, JSON.stringify({ pid: process.pid, addresses } satisfies RunningStack), { flag });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await write(null, "wx");
  } catch {
    const other = findRunningStack(folder);
    if (other) throw alreadyUp(folder, other);
    await write(null, "w");
  }
  return {
    // In one step: a reader sees no half a note.
    async announce(addresses) {
      await write(addresses, "w", `${path}.new`);
      await rename(`${path}.new`, path);
    },
    release: () => rm(path, { force: true }),
  };
};

const alreadyUp = (folder: string, { pid, addresses }: RunningStack): StackError =>
  new StackError(
    "data_folder_locked",
    `up: a stack is already running in ${folder} (process ${pid}${addresses ? `, console page ${addresses.console}` : ", still starting"}). End it with Ctrl-C, or give this one another folder with --data.`,
  );
