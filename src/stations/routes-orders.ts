// What staff order a station to do. Mounted at /admin/stations and /admin/station-commands.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { listOrders, orderStation, readOrder } from "./orders.ts";
import {
  CommandIdParam,
  CommandPage,
  CommandsQuery,
  CommandView,
  commandView,
  OrderStation,
  StationIdParam,
} from "./schemas-admin.ts";

const tag = "fleet";
const access = "staff";
const replayed = (isReplay: boolean): Record<string, string> => (isReplay ? { "Idempotency-Replayed": "true" } : {});

export const stationOrders = new Hono<AppEnv>()
  .get(
    "/:id/commands",
    operation({
      id: "listStationCommands",
      summary: "What staff ordered this station to do, newest first",
      tag,
      access,
      answers: { 200: { description: "A page", schema: CommandPage } },
      problems: ["invalid_request"],
    }),
    requireStaff("agent", "support", "admin"),
    validate("param", StationIdParam),
    validate("query", CommandsQuery),
    async (c) => {
      const { cursor = null, limit } = c.req.valid("query");
      const input = { stationId: c.req.valid("param").id, cursor, limit };
      const { items, nextCursor } = await listOrders(c.get("deps"), input);
      return c.json({ items: items.map(commandView), nextCursor });
    },
  )
  .post(
    "/:id/commands",
    operation({
      id: "orderStation",
      summary:
        "Lock, unlock or open one slot, ask for the inventory, start the station again, or show its page's address on its screen for a while",
      tag,
      access,
      hasBody: true,
      isIdempotent: true,
      answers: {
        202: { description: "The order, and what is known of it; read it again for the end", schema: CommandView },
      },
      problems: ["station_unknown", "station_retired", "slot_unknown", "bank_not_confirmed", "screen_code_required"],
    }),
    requireStaff("agent", "support", "admin"),
    idempotent,
    validate("param", StationIdParam),
    validate("json", OrderStation),
    async (c) => {
      const { slot = null, powerBankId = null, showMinutes = null, ...order } = c.req.valid("json");
      const { command, isReplay } = await orderStation(c.get("deps"), c.get("actor"), {
        ...order,
        slot,
        powerBankId,
        showMinutes,
        stationId: c.req.valid("param").id,
        use: c.get("idempotency"),
        requestId: c.get("requestId"),
      });
      return c.json(commandView(command), 202, replayed(isReplay));
    },
  );

export const stationCommands = new Hono<AppEnv>().get(
  "/:id",
  operation({
    id: "readStationCommand",
    summary: "One order to a station, and what became of it",
    tag,
    access,
    answers: { 200: { description: "The order", schema: CommandView } },
    problems: ["command_unknown", "invalid_request"],
  }),
  requireStaff("agent", "support", "admin"),
  validate("param", CommandIdParam),
  async (c) => {
    const input = { commandId: c.req.valid("param").id, requestId: c.get("requestId") };
    return c.json(commandView(await readOrder(c.get("deps"), input)));
  },
);
