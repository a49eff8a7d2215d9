// The plain HTTP servers of the fronts. They run on node:http because a fault is often a destroyed socket.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { HOST, portTaken } from "./ports.ts";

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  /** Ends open connections at once. */
  stop(): Promise<void>;
}

export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Port 0 takes any free one. Throws StackError `port_taken`. */
export const startHttpServer = async (part: string, port: number, handle: Handle): Promise<HttpServer> => {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.writableEnded || response.destroyed) return;
      sendJson(response, 500, { message: error instanceof Error ? error.message : String(error) });
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? portTaken(part, port) : error),
    );
    server.listen({ host: HOST, port }, resolve);
  });
  const address = server.address();
  const listening = typeof address === "object" && address ? address.port : port;
  return {
    port: listening,
    url: `http://${HOST}:${listening}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export const sendJson = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};

export class BodyTooLarge extends Error {}

/** The whole body as text. Throws BodyTooLarge above `maxBytes`, when the rest was read too: the sender is still writing. */
export const readBody = async (request: IncomingMessage, maxBytes: number): Promise<string> => {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else chunks = [];
  }
  if (size > maxBytes) throw new BodyTooLarge();
  return Buffer.concat(chunks).toString("utf8");
};
