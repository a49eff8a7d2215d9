// `bun run up` as a person starts it, in a folder and on ports of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isFree } from "../../../dev/ports.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

export interface Run {
  child: ChildProcess;
  /** Everything it has said on both outputs. */
  said(): string;
  /** Resolves with the text once it is said; throws with everything said when the process ends before. */
  hears(pattern: RegExp): Promise<string>;
  exited: Promise<number | null>;
}

/** `through` is a shell command with "$@" in it, for a parent between. */
export const runProgram = (file: string, args: string[], through?: string): Run => {
  const program = [process.execPath, resolve(ROOT, file), ...args];
  const [command, ...rest] = through === undefined ? program : ["sh", "-c", through, "sh", ...program];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name !== "DATABASE_URL" && name !== "REDIS_URL"),
  );
  const child = spawn(command!, rest, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"], env });
  let text = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      listeners.forEach((listener) => listener());
    });
  }
  const exited = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  return {
    child,
    said: () => text,
    exited,
    hears: (pattern) =>
      new Promise((done, reject) => {
        const look = (): void => {
          const found = pattern.exec(text)?.[0];
          if (found === undefined) return;
          listeners.delete(look);
          done(found);
        };
        listeners.add(look);
        void exited.then(() => reject(new Error(`it ended before it said ${String(pattern)}:\n${text}`)));
        look();
      }),
  };
};

/** Ctrl-C in a terminal reaches the whole group. */
export const pressCtrlC = ({ child }: Run): void => void process.kill(-child.pid!, "SIGINT");

/** Processes whose command line names the folder. */
export const processesOf = (folder: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command.includes(folder) ? [command] : [];
      } catch {
        return [];
      }
    });

/** Two neighbouring ports that nobody has. */
export const freePair = async (): Promise<number> => {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
};
