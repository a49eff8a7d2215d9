// Neon's SQL over HTTP in front of any Postgres, so that the Worker uses the unmodified driver. What crosses: POST /sql with
// the connection string in a header. What never does: a transaction that outlives its request. Faults are armed per database.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Pool } from "pg";
import { createFaultBoard, type FaultBoard } from "./faults.ts";
import { BodyTooLarge, readBody, sendJson, startHttpServer } from "./http-server.ts";
import { type ErrorBody, errorBody, failureOf, resultsOf, SERIALIZATION_FAILURE } from "./neon-answer.ts";
import { createPool, execute, MAX_BYTES } from "./neon-execute.ts";
import { parseBody, parseOptions, parseTarget, type Target } from "./neon-request.ts";
import type { Log } from "./process.ts";

const PART = "neon";

export interface NeonFrontOptions {
  /** The server behind the front; user, password and database come with each request. */
  postgres: { host: string; port: number };
  log: Log;
  /** Any free one when missing. */
  port?: number;
}

export interface NeonFront {
  readonly port: number;
  /** For `neonConfig.fetchEndpoint`. */
  readonly url: string;
  readonly faults: FaultBoard;
  stop(): Promise<void>;
}

/** Throws StackError `port_taken`. */
export const startNeonFront = async ({ postgres, log, port = 0 }: NeonFrontOptions): Promise<NeonFront> => {
  const faults = createFaultBoard();
  const pools = new Map<string, Pool>();
  const poolOf = (target: Target): Pool => {
    const key = [target.user, target.password, target.database].join("\0");
    let pool = pools.get(key);
    if (!pool) pools.set(key, (pool = createPool(postgres, target, (line) => log(PART, line))));
    return pool;
  };
  const server = await startHttpServer(PART, port, (request, response) =>
    answer({ request, response, faults, poolOf }),
  );
  return {
    port: server.port,
    url: `${server.url}/sql`,
    faults,
    async stop() {
      await server.stop();
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  faults: FaultBoard;
  poolOf(target: Target): Pool;
}

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers":
    "Content-Type, Authorization, Neon-Connection-String, Neon-Raw-Text-Output, Neon-Array-Mode, Neon-Pool-Opt-In, Neon-Batch-Read-Only, Neon-Batch-Isolation-Level, Neon-Batch-Deferrable",
  "access-control-allow-methods": "POST, OPTIONS",
  "access-control-max-age": "86400",
};

const answer = async ({ request, response, faults, poolOf }: Exchange): Promise<void> => {
  const headers: Record<string, string> = {
    "neon-request-id": crypto.randomUUID(),
    "access-control-allow-origin": "*",
  };
  const path = (request.url ?? "/").split("?")[0];
  if (path !== "/sql" || (request.method !== "POST" && request.method !== "OPTIONS")) {
    return sendJson(response, 400, "query is not supported", headers);
  }
  if (request.method === "OPTIONS") return void response.writeHead(200, { ...headers, ...CORS }).end();
  try {
    const target = parseTarget(request.headers["neon-connection-string"]);
    const options = parseOptions(request.headers);
    const batch = parseBody(await readBody(request, MAX_BYTES), options);
    const text = batch.statements.map(({ query }) => query).join(";\n");
    const cut = await meetFaults(faults, target.database, text);
    if (cut === "close") return void request.socket.destroy();
    if (cut === "error")
      return sendError(response, 500, { message: "the front was told to refuse", code: "" }, headers);
    if (cut === "40001") return sendError(response, 400, SERIALIZATION_FAILURE, headers);
    const results = await execute(poolOf(target), batch);
    if ((await faults.pause(target.database, "after", text)) === "abandon") return void request.socket.destroy();
    if (faults.take(target.database, "dropAfterCommit", text)) return void request.socket.destroy();
    sendJson(response, 200, resultsOf(batch, results), { ...headers, ...batch.echo });
  } catch (error) {
    sendFailure(response, error, headers);
  }
};

const meetFaults = async (
  faults: FaultBoard,
  scope: string,
  text: string,
): Promise<"close" | "error" | "40001" | null> => {
  faults.record(scope, text);
  const latencyMs = faults.latencyMs(scope);
  if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
  if ((await faults.pause(scope, "before", text)) === "abandon") return "close";
  const refusal = faults.take(scope, "refuse", text);
  if (refusal) return refusal.mode === "close" ? "close" : "error";
  return faults.take(scope, "serializationFailure", text) ? "40001" : null;
};

const sendError = (response: ServerResponse, status: number, error: ErrorBody, headers: Record<string, string>): void =>
  sendJson(response, status, errorBody(error), headers);

const sendFailure = (response: ServerResponse, error: unknown, headers: Record<string, string>): void => {
  if (error instanceof BodyTooLarge) {
    const message = `request is too large (max is ${MAX_BYTES} bytes)`;
    return sendError(response, 413, { message, code: "", severity: "" }, headers);
  }
  const { status, body } = failureOf(error);
  sendJson(response, status, body, headers);
};
