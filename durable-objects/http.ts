// The object's own doors: the station's socket, its batches and polls, and listeners whom the Worker has checked. Answers
// errors as `{code}`; the route makes the problem document.
import type { ErrorCode } from "../src/errors.ts";
import { SECOND_MS } from "../src/lib/clock.ts";
import { readFrame, type ReadFrame } from "./frames.ts";
import type { Bearer } from "./keys.ts";
import type { StationRow } from "./projection.ts";
import { EventBatch, MAX_FRAME_BYTES, type ServerFrame } from "./protocol.ts";

const LONGEST_WAIT_SECONDS = 25;

export interface Doors {
  station(): StationRow | undefined;
  now(): number;
  authenticate(authorization: string | null): Promise<Bearer | null>;
  connect(keyId: string): Response;
  receive(frames: ReadFrame[]): ServerFrame[];
  poll(keyId: string, waitMs: number, signal: AbortSignal): Promise<ServerFrame[]>;
  /** Null: the ticket was used. */
  listen(rentalId: string, jti: string, expiresAtMs: number): Response | null;
}

export const answerHttp = async (request: Request, doors: Doors): Promise<Response> => {
  const url = new URL(request.url);
  const door = url.pathname.split("/").at(-1);
  if (door === "live") return listen(url, doors);
  const bearer = await doors.authenticate(request.headers.get("authorization"));
  // The time lets a station whose clock is wrong sign a token that is not.
  if (!bearer) return refuse(401, "station_unauthenticated", { serverTimeMs: doors.now() });
  if (door === "socket" && request.method === "GET") {
    return request.headers.get("upgrade")?.toLowerCase() === "websocket"
      ? doors.connect(bearer.keyId)
      : refuse(400, "invalid_request");
  }
  if (door === "events" && request.method === "POST") return takeBatch(request, doors);
  if (door === "commands" && request.method === "GET") {
    const wait = Math.trunc(Number(url.searchParams.get("wait") ?? 0));
    const seconds = Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_WAIT_SECONDS) : 0;
    return Response.json({ frames: await doors.poll(bearer.keyId, seconds * SECOND_MS, request.signal) });
  }
  return refuse(405, "method_not_allowed");
};

const listen = (url: URL, doors: Doors): Response => {
  if (!doors.station()) return refuse(404, "station_unknown");
  const text = (name: string): string => url.searchParams.get(name) ?? "";
  return doors.listen(text("rental"), text("jti"), Number(text("exp"))) ?? refuse(401, "ticket_invalid");
};

const takeBatch = async (request: Request, doors: Doors): Promise<Response> => {
  const body = await readText(request);
  if (body === null) return refuse(413, "payload_too_large");
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return refuse(400, "malformed_json");
  }
  const batch = EventBatch.safeParse(value);
  if (!batch.success) return refuse(400, "invalid_request");
  return Response.json({ frames: doors.receive(batch.data.events.map((event) => readFrame(JSON.stringify(event)))) });
};

/** Null when it is larger than a frame may be; reads no further than that. */
const readText = async (request: Request): Promise<string | null> => {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_FRAME_BYTES) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
};

const refuse = (status: number, code: ErrorCode, extra: Record<string, number> = {}): Response =>
  Response.json({ code, ...extra }, { status });
