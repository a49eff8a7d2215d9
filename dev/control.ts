// The control server of the test stack: what a test in workerd cannot do itself. It makes databases, looks into them past
// the application, arms the fronts' faults, counts requests, and starts simulators of the outside parties.
import type { IncomingMessage, ServerResponse } from "node:http";
import { DatabaseError } from "pg";
import { z } from "zod";
import type { Databases } from "./databases.ts";
import type { FaultBoard } from "./faults.ts";
import { readBody, sendJson, startHttpServer, type HttpServer } from "./http-server.ts";
import type { Simulators } from "./simulators.ts";

const MAX_BYTES = 16 * 1024 * 1024;

export interface ControlOptions {
  databases: Databases;
  simulators: Simulators;
  /** By the name in the path: `neon`, `redis`, `redis-embedded`. The scope is a database's name or a token. */
  boards: Record<string, FaultBoard>;
  /** Makes a Redis namespace and answers its token. */
  createToken(): string;
}

const Fault = z.strictObject({ count: z.int().positive().optional(), match: z.string().min(1).optional() });
const Faults = z.strictObject({
  latencyMs: z.number().nonnegative().optional(),
  refuse: Fault.extend({ mode: z.enum(["error", "close"]).optional() }).optional(),
  dropAfterCommit: Fault.optional(),
  serializationFailure: Fault.optional(),
});
const Hold = Fault.extend({ phase: z.enum(["before", "after"]) });
const ReleaseRequest = z.strictObject({ action: z.enum(["continue", "abandon"]).optional(), id: z.int().optional() });
const SqlRequest = z.strictObject({
  database: z.string(),
  query: z.string(),
  params: z.array(z.unknown()).default([]),
  role: z.enum(["owner", "app", "superuser"]).default("owner"),
});

/** Throws StackError `port_taken`. */
export const startControl = (options: ControlOptions, port = 0): Promise<HttpServer> =>
  startHttpServer("control", port, async (request, response) => {
    try {
      await answer(options, request, response);
    } catch (error) {
      if (error instanceof z.ZodError) return sendJson(response, 400, { message: z.prettifyError(error) });
      if (!(error instanceof DatabaseError)) throw error;
      const { message, code, constraint, table, detail } = error;
      sendJson(response, 422, { message, code, constraint, table, detail });
    }
  });

const answer = async (options: ControlOptions, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? "/", "http://control");
  const text = await readBody(request, MAX_BYTES);
  const body: unknown = text === "" ? {} : JSON.parse(text);
  const words = url.pathname.split("/").slice(1).map(decodeURIComponent);
  const [first, name = ""] = words;
  if (first === "databases" && words.length === 1) {
    return sendJson(response, 201, { name: await options.databases.create(), redisToken: options.createToken() });
  }
  if (first === "sql" && words.length === 1) {
    const { database, query, params, role } = SqlRequest.parse(body);
    return sendJson(
      response,
      200,
      await options.databases.query(database, query, params, role === "app" ? "application" : role),
    );
  }
  if (first === "simulators" && words.length === 2)
    return sendJson(response, 201, await options.simulators.start(name, body));
  const board = first === "fronts" && words.length === 4 ? options.boards[name] : undefined;
  if (!board) return sendJson(response, 404, { message: `no ${request.method} ${url.pathname} here` });
  await answerFront(board, {
    scope: words[2]!,
    what: words[3]!,
    method: request.method ?? "GET",
    body,
    waitMs: Number(url.searchParams.get("waitMs") ?? 0),
    response,
  });
};

interface FrontCall {
  scope: string;
  what: string;
  method: string;
  body: unknown;
  waitMs: number;
  response: ServerResponse;
}

/** `faults` and `holds` are set by POST and ended by DELETE; `requests` is read by GET and set to zero by DELETE. */
const answerFront = async (
  board: FaultBoard,
  { scope, what, method, body, waitMs, response }: FrontCall,
): Promise<void> => {
  const call = `${method} ${what}`;
  if (call === "POST faults") board.arm(scope, withoutUndefined(Faults.parse(body)));
  else if (call === "DELETE faults") board.clear(scope);
  else if (call === "POST holds") board.hold(scope, withoutUndefined(Hold.parse(body)));
  else if (call === "GET holds") return sendJson(response, 200, await board.waiting(scope, waitMs));
  else if (call === "DELETE holds") {
    const { action, id } = ReleaseRequest.parse(body);
    return sendJson(response, 200, { released: board.release(scope, action, id) });
  } else if (call === "GET requests") return sendJson(response, 200, board.seen(scope));
  else if (call === "DELETE requests") return sendJson(response, 200, board.resetSeen(scope));
  else return sendJson(response, 404, { message: `no ${call} here` });
  sendJson(response, 200, {});
};

type Defined<T> = T extends object ? { [K in keyof T]: Defined<Exclude<T[K], undefined>> } : T;
/** What JSON carried has no undefined; the types of optional fields say it could. */
const withoutUndefined = <T>(value: T): Defined<T> => value as Defined<T>;
