// The Redis behind the Upstash front: the one REDIS_URL names, a redis-server on PATH on a free port, or ioredis-mock in
// this process. All three answer the same few calls; what the embedded one cannot do is said in the README.
import { mkdir } from "node:fs/promises";
import { Redis } from "ioredis";
import { endOrphan, forgetProcess, noteProcess } from "./orphans.ts";
import { anyFreePort, HOST, isFree, portTaken } from "./ports.ts";
import { startEmbeddedRedis } from "./redis-embedded.ts";
import { flatten, type RedisBackend, type RedisDatabase, type Reply } from "./redis-replies.ts";
import { type Log, startProcess, StackError } from "./process.ts";

const PART = "redis";
/** Logical databases of a server the stack starts itself: one for each test file. */
const DATABASES = 1024;

export interface RedisOptions {
  log: Log;
  /** REDIS_URL: a server somebody runs already. */
  url?: string | undefined;
  /** Chosen by what there is when missing. */
  kind?: "server" | "embedded" | undefined;
  /** Where a started server works; needed to keep anything. */
  dataFolder?: string | undefined;
  /** False only in tests: everything is forgotten at the end. */
  durable?: boolean;
  /** Any free one when missing. */
  port?: number | undefined;
}

/** Throws StackError: redis_unreachable for a URL nobody answers at, binary_missing when a server is asked for and not there. */
export const startRedis = async (options: RedisOptions): Promise<RedisBackend> => {
  if (options.url) return connectExternal(options.url, options.log);
  if (options.kind === "embedded" || (options.kind === undefined && !Bun.which("redis-server"))) {
    options.log(
      PART,
      "no REDIS_URL and no redis-server on PATH: using the embedded one, which forgets everything at the end",
    );
    return startEmbeddedRedis();
  }
  return startServer(options);
};

const connectExternal = async (url: string, log: Log): Promise<RedisBackend> => {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 3_000, retryStrategy: () => null });
  client.on("error", (error) => log(PART, error.message));
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    client.disconnect();
    const address = URL.canParse(url) ? new URL(url).host : "the given address";
    throw new StackError(
      "redis_unreachable",
      `redis: nobody answers at ${address}. Check REDIS_URL, or unset it to use a server of the stack's own.`,
      { cause },
    );
  }
  client.options.retryStrategy = (times) => Math.min(times * 100, 2_000);
  log(PART, "using the server of REDIS_URL");
  return { kind: "external", database: () => serverDatabase(client), stop: async () => client.disconnect() };
};

const startServer = async (options: RedisOptions): Promise<RedisBackend> => {
  const { log, dataFolder } = options;
  const port = options.port ?? (await anyFreePort());
  if (!(await isFree(port))) throw portTaken(PART, port);
  if (dataFolder) await prepareFolder(dataFolder);
  const said: string[] = [];
  const server = await startProcess({
    part: PART,
    command: "redis-server",
    args: serverArguments(port, options),
    log,
    onLine: (line) => {
      said.push(line);
      if (said.length > 50) said.shift();
      // Its lines end with what they are about; `#` marks warnings, most of them advice about a production kernel.
      return (
        / # /.test(line) &&
        !/overcommit|Transparent Huge|TCP backlog|oO0OoO0|Redis (version|is)|Configuration loaded|Server initialized|requested shutdown/.test(
          line,
        )
      );
    },
  });
  const clients = new Map<number, Redis>();
  const clientOf = (db: number): Redis => {
    let client = clients.get(db);
    if (!client) {
      client = new Redis({
        host: HOST,
        port,
        db,
        retryStrategy: (times) => Math.min(times * 20, 1_000),
        maxRetriesPerRequest: null,
      });
      client.on("error", () => {});
      clients.set(db, client);
    }
    return client;
  };
  const disconnect = (): void => {
    for (const client of clients.values()) client.disconnect();
  };
  const info = clientOf(0)
    .info("server")
    .catch(() => "");
  const outcome = await Promise.race([info, server.exited]);
  // Another Redis may have taken the port in the same moment: the answer has to be ours.
  if (typeof outcome !== "string" || !outcome.includes(`process_id:${server.pid}\r`)) {
    disconnect();
    await server.stop();
    await server.ended;
    throw new StackError("part_failed", `redis-server did not start:\n${said.join("\n")}`);
  }
  if (dataFolder) await noteProcess(dataFolder, server.pid);
  return {
    kind: "server",
    database: (index) => serverDatabase(clientOf(index)),
    async stop() {
      disconnect();
      await server.stop("SIGTERM");
      if (dataFolder) await forgetProcess(dataFolder);
    },
  };
};

const prepareFolder = async (dataFolder: string): Promise<void> => {
  const neighbour = await endOrphan(dataFolder);
  if (neighbour !== null) {
    throw new StackError(
      "data_folder_locked",
      `redis: ${dataFolder} is in use by another running stack (process ${neighbour}). End that one first.`,
    );
  }
  await mkdir(dataFolder, { recursive: true });
};

const serverArguments = (port: number, { dataFolder, durable = true }: RedisOptions): string[] => {
  const isKept = dataFolder !== undefined && durable;
  const args = ["--port", String(port), "--bind", HOST, "--databases", String(DATABASES)];
  args.push("--loglevel", "warning", "--save", "", "--appendonly", isKept ? "yes" : "no");
  return dataFolder === undefined ? args : [...args, "--dir", dataFolder];
};

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const serverDatabase = (client: Redis): RedisDatabase => ({
  async run(name, args) {
    try {
      return { result: flatten(await client.call(name, ...args)) };
    } catch (error) {
      return { error: message(error) };
    }
  },
  async transaction(commands) {
    const pipeline = client.multi();
    for (const [name, ...args] of commands) pipeline.call(name!, ...args);
    try {
      return toReplies(await pipeline.exec());
    } catch (error) {
      return { error: message(error) };
    }
  },
});

const toReplies = (results: [Error | null, unknown][] | null): Reply[] | { error: string } =>
  results === null
    ? { error: "EXECABORT Transaction discarded because of previous errors." }
    : results.map(([error, result]) => (error ? { error: error.message } : { result: flatten(result) }));
