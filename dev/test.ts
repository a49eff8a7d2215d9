// `bun run test`: every runner one after the other, a line for each failure, and one tally as the last line. Nothing is
// tried twice. A runner that ends badly without a failed test, or that finds no test, counts as one failed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import type { Report, Tally } from "../test/support/tally.ts";
import { killGroup } from "./process.ts";

export interface Runner {
  name: string;
  /** Files named on the command line; empty for all. */
  run(files: string[]): Promise<Report>;
  /** Which of the files named on the command line are this runner's. */
  takes(file: string): boolean;
}

const ROOT = resolve(import.meta.dirname, "..");
const BIN = join(ROOT, "node_modules/.bin");
const FOLDER = join(ROOT, ".local/tally");
const BUN_TESTS = "test/dev";

let isInterrupted = false;
const groups = new Set<number>();

/** Tests in workerd, under the Node of the platform package: the machine's own may be too old or not there at all. */
const inWorkerd: Runner = {
  name: "vitest",
  takes: (file) => !file.startsWith(BUN_TESTS) && !file.startsWith("dev/"),
  async run(files) {
    const out = join(FOLDER, "vitest.json");
    const args = [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", ...files];
    const env = {
      PATH: [BIN, process.env["PATH"]].join(delimiter),
      CHAJIPOA_BUN: process.execPath,
      CHAJIPOA_TALLY_FILE: out,
    };
    const code = await runChild(join(BIN, "node"), args, env);
    const report = await readFile(out, "utf8").then(
      (text) => JSON.parse(text) as Report,
      () => NOTHING,
    );
    return settle(report, code, this.name);
  },
};

/** Tests of the local stack's own parts, which run where those parts do. */
const onBun: Runner = {
  name: "bun",
  takes: (file) => file.startsWith(BUN_TESTS),
  async run(files) {
    const out = join(FOLDER, "bun.xml");
    const args = [
      "test",
      ...(files.length > 0 ? files : [`./${BUN_TESTS}/`]),
      "--timeout=30000",
      "--reporter=junit",
      `--reporter-outfile=${out}`,
    ];
    const code = await runChild(process.execPath, args, {});
    return settle(await readFile(out, "utf8").then(parseJunit, () => NOTHING), code, this.name);
  },
};

/** A script that prints `FAIL` before what failed and its own tally as its last line, such as the crash script. */
const script = (file: string): Runner => ({
  name: file,
  takes: (named) => named === file,
  async run() {
    let output = "";
    const code = await runChild(process.execPath, [join(ROOT, file)], {}, (text) => (output += text));
    return settle(parseScript(output, file), code, file);
  },
});

export const runners: Runner[] = [
  inWorkerd,
  onBun,
  ...["dev/crash.ts", "dev/simulations.ts"].filter((file) => existsSync(join(ROOT, file))).map(script),
];

const NOTHING: Report = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** A runner that ended badly says so in its report too. */
export const settle = (report: Report, code: number, name: string): Report => {
  const isSilentFailure = report.failed === 0 && (code !== 0 || report.passed === 0);
  const unnamed = report.failed - report.failures.length;
  if (unnamed > 0) return { ...report, failures: [...report.failures, `${name}: ${unnamed} more, shown above`] };
  if (!isSilentFailure) return report;
  const why = report.passed === 0 ? "ran no test" : `ended with ${code} although no test failed`;
  return { ...report, failed: 1, failures: [...report.failures, `${name}: ${why}`] };
};

export const parseScript = (output: string, file: string): Report => {
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [];
  const failures = Array.from(output.matchAll(/^FAIL +(.*)$/gm), ([, what]) => `${file} > ${what}`);
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0), skipped: 0, failures };
};

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

const unescape = (text: string): string =>
  text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name]!);

export const parseJunit = (xml: string): Report => {
  const head = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? "";
  const count = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const failures = Array.from(
    xml.matchAll(/<testcase\b([^>]*[^/])>\s*<(?:failure|error)\b/g),
    ([, attributes = ""]) => {
      const value = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
      return unescape(`${value("file")} > ${value("name")}`);
    },
  );
  return { passed: count("tests") - failed - count("skipped"), failed, skipped: count("skipped"), failures };
};

/** The child leads a group of its own, so that Ctrl-C comes to it once, from here. With `onOutput` its output goes there too. */
const runChild = async (
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  onOutput?: (text: string) => void,
): Promise<number> => {
  const child = spawn(command, args, {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", onOutput ? "pipe" : "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    onOutput?.(text);
  });
  const code = await new Promise<number>((done) => {
    child.once("error", (error) => {
      console.error(`test: ${command} cannot be started: ${error.message}`);
      done(1);
    });
    child.once("close", (exit) => done(exit ?? 1));
    if (child.pid) groups.add(child.pid);
  });
  if (child.pid) await waitForGroup(child.pid);
  return code;
};

const GRACE_MS = 10_000;

/** What the child leaves running in its group is the stack, which stops its parts in order when the child is gone. */
const waitForGroup = async (pid: number): Promise<void> => {
  const deadlineMs = Date.now() + GRACE_MS;
  while (isGroupAlive(pid) && Date.now() < deadlineMs) await new Promise((done) => setTimeout(done, 50));
  killGroup(pid);
  groups.delete(pid);
};

const isGroupAlive = (pid: number): boolean => {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
};

const interrupt = (): void => {
  // The second time somebody is impatient.
  for (const pid of groups) killGroup(pid, isInterrupted ? "SIGTERM" : "SIGINT");
  isInterrupted = true;
};

const main = async (): Promise<number> => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const named = process.argv.slice(2);
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  for (const runner of runners) {
    const files = named.filter((file) => runner.takes(file));
    if (isInterrupted || (named.length > 0 && files.length === 0)) continue;
    const report = await runner.run(files);
    total.passed += report.passed;
    total.failed += report.failed;
    total.skipped += report.skipped;
    failures.push(...report.failures);
  }
  if (isInterrupted) console.log("interrupted: not everything ran");
  const { passed, failed, skipped } = total;
  const isFailed = isInterrupted || failed > 0 || passed === 0;
  for (const failure of failures) console.log(`failed: ${failure}`);
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} passed, ${passed + failed === 0 || (isInterrupted && failed === 0) ? 1 : failed} failed`);
  return isFailed ? 1 : 0;
};

if (import.meta.main) process.exit(await main());
