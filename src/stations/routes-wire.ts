// The doors of stations and of live listeners. A station's token is checked by its object, with keys that were pushed to
// it, so these routes work while Postgres is away; they are never answered 429.
import { Hono, type Context } from "hono";
import { z } from "zod";
import type { Dependencies } from "../deps.ts";
import { AppError, isErrorCode } from "../errors.ts";
import type { AppEnv } from "../http/app-env.ts";
import { operation } from "../http/openapi.ts";
import { watched } from "../http/traffic.ts";
import { validate } from "../http/validate.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import { EventBatch, FrameBatch } from "../../durable-objects/protocol.ts";

const tag = "station wire";
const switched = { 101: { description: "A WebSocket" } };
const frames = { 200: { description: "Frames, in order", schema: FrameBatch } };

const Refusal = z.object({ code: z.string(), serverTimeMs: z.number().optional() });

/** The object's own refusals become the problems of the catalogue; everything else passes as it is. */
const answered = async (response: Response): Promise<Response> => {
  if (response.status < 400) return response;
  const { code, serverTimeMs } = Refusal.parse(await response.json());
  throw new AppError(
    isErrorCode(code) ? code : "internal",
    serverTimeMs === undefined ? {} : { details: { serverTimeMs } },
  );
};

const watch = watched("stations");

const pass = async (c: Context<AppEnv>): Promise<Response> => {
  const id = c.req.param("id") ?? "";
  // An id that no station can have must not make an object.
  if (!idPattern("stn").test(id)) throw new AppError("station_unauthenticated");
  return answered(await c.get("deps").stationWire.pass(id as Id<"stn">, c.req.raw));
};

export const stationWire = new Hono<AppEnv>()
  .get(
    "/:id/socket",
    operation({
      id: "openStationSocket",
      summary: "A station's WebSocket, wire protocol 1",
      tag,
      access: "station",
      answers: switched,
      problems: ["invalid_request"],
    }),
    watch,
    pass,
  )
  .post(
    "/:id/events",
    operation({
      id: "postStationEvents",
      summary: "A batch of a station's frames, for modems that cannot hold a socket",
      tag,
      access: "station",
      body: EventBatch,
      answers: frames,
      problems: ["malformed_json", "invalid_request", "payload_too_large"],
    }),
    watch,
    pass,
  )
  .get(
    "/:id/commands",
    operation({
      id: "pollStationCommands",
      summary: "Waits up to 25 s for frames to a station",
      tag,
      access: "station",
      answers: frames,
    }),
    watch,
    pass,
  );

/** Throws `ticket_invalid`; the object takes each ticket once. */
const openLive = async (deps: Dependencies, rentalId: string, ticket: string, request: Request): Promise<Response> => {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") throw new AppError("invalid_request");
  const claims = await deps.tokens.verifyTicket(ticket);
  if (claims.rentalId !== rentalId) throw new AppError("ticket_invalid");
  return answered(await deps.stationWire.listen(claims.stationId, claims));
};

const LiveQuery = z.strictObject({ ticket: z.string().min(1).max(1_000) });

/** Mounted below /rentals: the listener's ticket names the rental and the station whose object tells it. */
export const live = new Hono<AppEnv>().get(
  "/:id/live",
  operation({
    id: "listenToRental",
    summary: "A WebSocket that tells each change as it happens",
    tag: "rentals",
    access: "public",
    answers: switched,
    problems: ["ticket_invalid", "invalid_request"],
  }),
  validate("query", LiveQuery),
  (c) => openLive(c.get("deps"), c.req.param("id"), c.req.valid("query").ticket, c.req.raw),
);
