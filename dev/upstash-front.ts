// Upstash's REST API in front of any Redis, so that the Worker uses the unmodified client. What crosses: one command, a
// pipeline, or a transaction in each request. What never does: state of a connection. Faults are armed per token.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createFaultBoard, type FaultBoard } from "./faults.ts";
import { BodyTooLarge, readBody, sendJson, startHttpServer } from "./http-server.ts";
import type { Log } from "./process.ts";
import type { RedisBackend, RedisDatabase, Reply } from "./redis-replies.ts";
import { createScripts, type Scripts } from "./redis-scripts.ts";

const MAX_BYTES = 10 * 1024 * 1024;

export interface UpstashFrontOptions {
  redis: RedisBackend;
  log: Log;
  /** Token by logical database; more can be added later. */
  tokens: Record<string, number>;
  /** Any free one when missing. */
  port?: number;
}

export interface UpstashFront {
  readonly port: number;
  readonly url: string;
  readonly faults: FaultBoard;
  addToken(token: string, database: number): void;
  stop(): Promise<void>;
}

/** Throws StackError `port_taken`. The Redis behind it is the caller's to stop. */
export const startUpstashFront = async ({ redis, tokens, port = 0 }: UpstashFrontOptions): Promise<UpstashFront> => {
  const faults = createFaultBoard();
  const scripts = createScripts();
  const databases = new Map(Object.entries(tokens));
  const databaseOf = (token: string): RedisDatabase | null => {
    const index = databases.get(token);
    return index === undefined ? null : redis.database(index);
  };
  const server = await startHttpServer("upstash", port, (request, response) =>
    answer({ request, response, faults, scripts, databaseOf }),
  );
  return {
    port: server.port,
    url: server.url,
    faults,
    addToken: (token, index) => void databases.set(token, index),
    stop: server.stop,
  };
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  faults: FaultBoard;
  scripts: Scripts;
  databaseOf(token: string): RedisDatabase | null;
}

type Command = string[];
class BadRequest extends Error {}

const answer = async ({ request, response, faults, scripts, databaseOf }: Exchange): Promise<void> => {
  const url = new URL(request.url ?? "/", "http://front");
  if (request.method !== "POST" && request.method !== "GET")
    return sendJson(response, 405, { error: "ERR method is not allowed" });
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? url.searchParams.get("_token");
  if (token === null) return sendJson(response, 401, { error: "Unauthorized" });
  const database = databaseOf(token);
  if (!database) return sendJson(response, 401, { error: "WRONGPASS invalid password" });
  try {
    const work = parseWork(url, request.method, await readBody(request, MAX_BYTES));
    const text = work.commands.map((command) => command.join(" ")).join("\n");
    const cut = await meetFaults(faults, token, text);
    if (cut === "close") return void request.socket.destroy();
    if (cut === "error") return sendJson(response, 500, { error: "ERR the front was told to refuse" });
    const outcome = await execute(database, scripts, work);
    if ((await faults.pause(token, "after", text)) === "abandon") return void request.socket.destroy();
    if (faults.take(token, "dropAfterCommit", text)) return void request.socket.destroy();
    const isBase64 = String(request.headers["upstash-encoding"]).toLowerCase() === "base64";
    sendOutcome(response, outcome, isBase64);
  } catch (error) {
    if (error instanceof BadRequest) return sendJson(response, 400, { error: error.message });
    if (!(error instanceof BodyTooLarge)) throw error;
    sendJson(response, 413, { error: `ERR max request size exceeded. Limit: ${MAX_BYTES} bytes` });
  }
};

const meetFaults = async (faults: FaultBoard, scope: string, text: string): Promise<"close" | "error" | null> => {
  faults.record(scope, text);
  const latencyMs = faults.latencyMs(scope);
  if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
  if ((await faults.pause(scope, "before", text)) === "abandon") return "close";
  const refusal = faults.take(scope, "refuse", text);
  if (!refusal) return null;
  return refusal.mode === "close" ? "close" : "error";
};

interface Work {
  kind: "single" | "pipeline" | "transaction";
  commands: Command[];
}

const parseWork = (url: URL, method: string, body: string): Work => {
  const path = url.pathname.replace(/\/+$/, "");
  if (method === "POST" && path === "") return { kind: "single", commands: [parseCommand(parseJson(body))] };
  if (method === "POST" && (path === "/pipeline" || path === "/multi-exec")) {
    const list = parseJson(body);
    if (!Array.isArray(list) || list.length === 0) throw new BadRequest("ERR failed to parse pipeline request");
    return { kind: path === "/pipeline" ? "pipeline" : "transaction", commands: list.map(parseCommand) };
  }
  const words = path.split("/").slice(1).map(decodeURIComponent);
  if (method === "POST" && body !== "") words.push(body);
  // `?EX=100` goes on with the command: SET foo bar EX 100; a bare `?NX` is one word.
  for (const [name, value] of url.searchParams)
    if (name !== "_token") words.push(name, ...(value === "" ? [] : [value]));
  if (!words[0]) throw new BadRequest("ERR empty command");
  return { kind: "single", commands: [words] };
};

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw new BadRequest("ERR failed to parse command");
  }
};

const parseCommand = (value: unknown): Command => {
  if (!Array.isArray(value) || value.length === 0) throw new BadRequest("ERR empty command");
  return value.map((word: unknown) => {
    if (typeof word === "string") return word;
    if (typeof word === "number" || typeof word === "boolean") return String(word);
    throw new BadRequest("ERR failed to parse command");
  });
};

/** Over REST nothing may wait, change the connection, or reach beyond the caller's database. */
const REFUSED = new Set(
  "MULTI EXEC DISCARD WATCH UNWATCH SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE MONITOR BLPOP BRPOP BLMOVE BLMPOP BRPOPLPUSH BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF SELECT SWAPDB MOVE AUTH HELLO RESET QUIT CLIENT CONFIG SHUTDOWN DEBUG SYNC PSYNC REPLICAOF SLAVEOF CLUSTER MODULE ACL FLUSHALL SAVE BGSAVE BGREWRITEAOF FUNCTION FCALL FCALL_RO MIGRATE".split(
    " ",
  ),
);

const refusalOf = ([name = ""]: Command): { error: string } | null =>
  REFUSED.has(name.toUpperCase()) ? { error: `ERR Command is not available: '${name.toUpperCase()}'` } : null;

const execute = async (
  database: RedisDatabase,
  scripts: Scripts,
  { kind, commands }: Work,
): Promise<Reply[] | Reply> => {
  if (kind === "transaction") {
    const refusal = commands.map(refusalOf).find((found) => found !== null);
    if (refusal) return refusal;
    return database.transaction(commands.map((command) => scripts.rewrite(command)));
  }
  const replies: Reply[] = [];
  for (const command of commands) replies.push(await runOne(database, scripts, command));
  return kind === "pipeline" ? replies : replies[0]!;
};

const runOne = async (database: RedisDatabase, scripts: Scripts, command: Command): Promise<Reply> => {
  const refusal = refusalOf(command);
  if (refusal) return refusal;
  const own = scripts.answer(command);
  if (own) return own;
  const [name, ...args] = scripts.rewrite(command);
  return database.run(name!, args);
};

const sendOutcome = (response: ServerResponse, outcome: Reply[] | Reply, isBase64: boolean): void => {
  const encode = (reply: Reply): Reply => ("error" in reply || !isBase64 ? reply : { result: toBase64(reply.result) });
  if (Array.isArray(outcome)) return sendJson(response, 200, outcome.map(encode));
  sendJson(response, "error" in outcome ? 400 : 200, encode(outcome));
};

/** Every string but exactly "OK", in nested arrays too; numbers and null stay. */
const toBase64 = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toBase64);
  return typeof value === "string" && value !== "OK" ? Buffer.from(value, "utf8").toString("base64") : value;
};
