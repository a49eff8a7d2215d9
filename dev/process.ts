// Starting and stopping the parts of the local stack. What crosses here: lines a part says and its exit. Every part runs in a
// process group of its own, so that Ctrl-C reaches the stack alone and the stack stops its parts in order.
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Receives one line of one part, without the line break. */
export type Log = (part: string, line: string) => void;

export type StackErrorCode =
  | "port_taken"
  | "binary_missing"
  | "data_folder_locked"
  | "database_unreachable"
  | "redis_unreachable"
  | "unshare_refused"
  | "part_failed";

/** What went wrong with the local stack, in one sentence a newcomer can act on. */
export class StackError extends Error {
  readonly code: StackErrorCode;

  constructor(code: StackErrorCode, sentence: string, options: ErrorOptions = {}) {
    super(sentence, options);
    this.name = "StackError";
    this.code = code;
  }
}

export interface ProcessOptions {
  part: string;
  command: string;
  args: readonly string[];
  log: Log;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Sees every line before the log does; a line it answers `false` for is not logged. */
  onLine?: (line: string) => boolean | void;
}

export interface RunningProcess {
  readonly pid: number;
  /** The exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Settles after the exit, when every line was seen. */
  readonly ended: Promise<void>;
  /** Sends `signal`; kills the whole group when it has not ended within `graceMs`. Safe to call twice. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>;
}

const GRACE_MS = 5_000;

/** Throws StackError `binary_missing` when the command cannot be executed. */
export const startProcess = async (options: ProcessOptions): Promise<RunningProcess> => {
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.env ? { env: options.env } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 0));
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => {
      reject(
        new StackError("binary_missing", `${options.part}: ${options.command} cannot be started (${cause.message}).`, {
          cause,
        }),
      );
    });
  });
  child.on("error", (error) => options.log(options.part, error.message));
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (line) => {
      if (options.onLine?.(line) !== false) options.log(options.part, line);
    });
  }
  const pid = child.pid!;
  return {
    pid,
    exited,
    ended,
    stop: (signal = "SIGTERM", graceMs = GRACE_MS) => stopChild(child, exited, signal, graceMs),
  };
};

const stopChild = async (
  child: ChildProcess,
  exited: Promise<number | NodeJS.Signals>,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  const timer = setTimeout(() => killGroup(child.pid!), graceMs);
  await exited;
  clearTimeout(timer);
  killGroup(child.pid!);
};

/** Ends what is left of the process group that `pid` leads; nothing left is fine. */
export const killGroup = (pid: number, signal: NodeJS.Signals = "SIGKILL"): void => {
  try {
    process.kill(-pid, signal);
  } catch {
    // the group is gone already
  }
};

/** Runs a command to its end and answers its output; throws StackError `part_failed` with that output on any other exit than 0. */
export const runToEnd = async (options: ProcessOptions): Promise<string> => {
  const lines: string[] = [];
  const running = await startProcess({
    ...options,
    onLine: (line) => {
      lines.push(line);
      return options.onLine?.(line) ?? false;
    },
  });
  const code = await running.exited;
  await running.ended;
  if (code !== 0) throw new StackError("part_failed", `${options.part} ended with ${code}:\n${lines.join("\n")}`);
  return lines.join("\n");
};

/** False for a process that has ended and that nobody has asked about yet (a zombie), too. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat[stat.lastIndexOf(")") + 2] !== "Z";
  } catch {
    return process.platform !== "linux";
  }
};
