// PostgreSQL for the local stack: the embedded binaries of the platform package, or a server somebody runs already. The
// application's role is not the owner of its tables, and the owner is no superuser, as on Neon.
import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Client } from "pg";
import { endOrphan, forgetProcess, noteProcess } from "./orphans.ts";
import { anyFreePort, HOST, portTaken } from "./ports.ts";
import { commandLine, type Home, type HomeOptions, prepareHome, serverEnvironment } from "./postgres-home.ts";
import { runToEnd, type RunningProcess, StackError, startProcess } from "./process.ts";

const PART = "postgres";
const SUPERUSER = { user: "postgres", password: "postgres" };
export const OWNER = { user: "chajipoa_owner", password: "owner" };
export const APPLICATION = { user: "chajipoa_app", password: "app" };

export interface PostgresOptions extends HomeOptions {
  /** Kept between runs; made when missing. */
  dataFolder: string;
  /** Any free one when missing. */
  port?: number;
  /** False only in tests: a crash of the machine may lose what was committed. */
  durable?: boolean;
  /** Of the server, over the stack's own. */
  settings?: Record<string, string>;
}

export interface Postgres {
  readonly host: string;
  readonly port: number;
  /** Connection strings by role; `superuser` is for the stack itself. */
  url(role: "superuser" | "owner" | "application", database: string): string;
  stop(): Promise<void>;
}

/** Throws StackError: binary_missing, port_taken, data_folder_locked, unshare_refused, part_failed. */
export const startPostgres = async (options: PostgresOptions): Promise<Postgres> => {
  const port = options.port ?? (await anyFreePort());
  const home = await prepareHome(resolve(options.dataFolder), options);
  const neighbour = await endOrphan(home.data);
  if (neighbour !== null) throw folderLocked(options.dataFolder, ` (process ${neighbour})`);
  if (!existsSync(join(home.data, "PG_VERSION"))) await initialise(home, options);
  const server = await startServer(home, port, options);
  // SIGINT is the fast shutdown: sessions end, everything committed is on disk.
  const stop = async (): Promise<void> => {
    await server.stop("SIGINT");
    await forgetProcess(home.data);
  };
  const url: Postgres["url"] = (role, database) => {
    const { user, password } = role === "owner" ? OWNER : role === "application" ? APPLICATION : SUPERUSER;
    return `postgresql://${user}:${password}@${HOST}:${port}/${database}`;
  };
  try {
    await noteProcess(home.data, server.pid);
    await createOwner(url("superuser", "postgres"));
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: HOST, port, url, stop };
};

const folderLocked = (dataFolder: string, by = ""): StackError =>
  new StackError(
    "data_folder_locked",
    `postgres: ${dataFolder} is in use by another running stack${by}. End that one first.`,
  );

/** Into a folder beside the real one, so that one that is there is whole. */
const initialise = async (home: Home, { log, durable = true }: PostgresOptions): Promise<void> => {
  log(PART, "making a new data folder");
  const unfinished = `${home.data}.new`;
  const passwordFile = `${home.data}.password`;
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFile, SUPERUSER.password, { mode: 0o644 });
  const args = ["-D", unfinished, "-U", SUPERUSER.user, "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  args.push("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8");
  args.push("--no-instructions", ...(durable ? [] : ["--no-sync"]));
  try {
    await runToEnd({ part: PART, ...commandLine(home, "initdb", args), log, env: serverEnvironment() });
    await rename(unfinished, home.data);
  } finally {
    await rm(passwordFile, { force: true });
  }
};

const SETTINGS = {
  unix_socket_directories: "",
  listen_addresses: HOST,
  max_connections: "200",
  timezone: "UTC",
  jit: "off",
  log_timezone: "UTC",
  log_min_messages: "log",
  log_min_error_statement: "panic",
  logging_collector: "off",
  log_line_prefix: "",
};
const FORGETFUL = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

/** Recovery after a crash is part of a start and may take a while. */
const START_MS = 60_000;

const startServer = async (
  home: Home,
  port: number,
  { log, durable = true, dataFolder, settings: own = {} }: PostgresOptions,
): Promise<RunningProcess> => {
  const settings = Object.entries({ ...SETTINGS, ...(durable ? {} : FORGETFUL), ...own, port: String(port) });
  const args = ["-D", home.data, ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const said: string[] = [];
  let becomeReady = (): void => {};
  const ready = new Promise<"ready">((done) => (becomeReady = () => done("ready")));
  let isStarting = true;
  const server = await startProcess({
    part: PART,
    ...commandLine(home, "postgres", args),
    log,
    env: serverEnvironment(),
    onLine: (line) => {
      if (isStarting) said.push(line);
      if (line.includes("database system is ready to accept connections")) becomeReady();
      return !line.startsWith("LOG:") && !line.includes("due to administrator command");
    },
  });
  const timer = setTimeout(() => void server.stop("SIGQUIT"), START_MS);
  const outcome = await Promise.race([ready, server.exited]);
  clearTimeout(timer);
  isStarting = false;
  if (outcome === "ready") return server;
  await server.ended;
  const text = said.join("\n");
  if (/could not bind|could not create any TCP\/IP sockets/.test(text)) throw portTaken(PART, port);
  if (/lock file ".*" already exists|Is another postmaster/.test(text)) {
    throw folderLocked(dataFolder);
  }
  throw new StackError("part_failed", `postgres did not start:\n${text}`);
};

const createOwner = (superuserUrl: string): Promise<void> =>
  withClient(superuserUrl, async (client) => {
    const { rowCount } = await client.query("select 1 from pg_roles where rolname = $1", [OWNER.user]);
    if (rowCount === 0)
      await client.query(`create role ${OWNER.user} login createdb createrole password '${OWNER.password}'`);
  });

/** Opens one connection for `work`. Throws StackError `database_unreachable` when there is no server to talk to. */
export const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url });
  // A connection that the server ends while idle reports itself; without a listener that would end this process.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (cause) {
    const address = URL.canParse(url) ? new URL(url).host : "the given address";
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new StackError(
      "database_unreachable",
      `postgres: the database at ${address} cannot be reached (${reason}). Check DATABASE_URL, or unset it to use the embedded server.`,
      { cause },
    );
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};
