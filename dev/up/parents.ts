// Whoever started the stack may be killed without a word to it: `npx` hands no signal on. So the stack looks whether its
// parents, up to the one a person or a script started, are still there.
import { readFileSync } from "node:fs";

const INTERVAL_MS = 500;
/** npx, its shell, bun run and its shell: they pass the work on and wait. */
const LAUNCHER = /\b(bun|bunx|npx|npm|npm-cli\.js|npx-cli\.js)\b/;
const MOST = 8;

/** Calls `onGone` once, when one of them has gone. */
export const watchParents = (onGone: () => void): { stop(): void } => {
  const direct = process.ppid;
  // Started by the init process, or adopted before this line ran: there is nobody to watch.
  const above = direct <= 1 ? [] : launchersAbove(direct);
  const timer = setInterval(() => {
    // One that has ended and was not fetched yet has a number still, but no command line.
    if (process.ppid === direct && above.every(isLauncher)) return;
    clearInterval(timer);
    onGone();
  }, INTERVAL_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
};

const launchersAbove = (pid: number): number[] => {
  const found: number[] = [];
  for (let current = pid; found.length < MOST;) {
    const parent = isLauncher(current) ? parentOf(current) : 0;
    if (parent <= 1 || !isLauncher(parent)) break;
    found.push(parent);
    current = parent;
  }
  return found;
};

/** Only Linux says it without another process; elsewhere the direct parent has to do. */
const isLauncher = (pid: number): boolean => {
  try {
    return LAUNCHER.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return false;
  }
};

const parentOf = (pid: number): number => {
  try {
    // The name before it is in parentheses and may hold anything.
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(" ")[1]);
  } catch {
    return 0;
  }
};
