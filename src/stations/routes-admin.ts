// Stations, for staff: entering them, their settings, their keys. Mounted at /admin/stations.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import {
  EditStation,
  GiveKey,
  RegisterStation,
  RetireKey,
  RetireStation,
  SlotService,
  StationAdminPage,
  StationAdminView,
  stationAdminView,
  StationIdParam,
  StationService,
  StationsQuery,
  StationWithKeyView,
  withKeyView,
} from "./schemas-admin.ts";
import {
  editStation,
  endStationKey,
  enterStation,
  giveStationKey,
  listStations,
  retireStation,
  setSlotService,
} from "./staff.ts";

const tag = "fleet";
const access = "staff";
const one = { 200: { description: "The station as it is now", schema: StationAdminView } };
const withKey = { 201: { description: "The station, and its key this once", schema: StationWithKeyView } };
const replayed = (isReplay: boolean): Record<string, string> => (isReplay ? { "Idempotency-Replayed": "true" } : {});

export const stationsAdmin = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "listStationsAsStaff",
      summary: "Every station, in the order of their making",
      tag,
      access,
      answers: { 200: { description: "A page", schema: StationAdminPage } },
      problems: ["invalid_request"],
    }),
    requireStaff("agent", "support", "finance", "admin"),
    validate("query", StationsQuery),
    async (c) => {
      const { cursor = null, limit } = c.req.valid("query");
      const { items, nextCursor } = await listStations(c.get("deps"), { cursor, limit });
      return c.json({ items: items.map(stationAdminView), nextCursor });
    },
  )
  .post(
    "/",
    operation({
      id: "registerStation",
      summary: "Enter a station; its key is shown this once",
      tag,
      access,
      hasBody: true,
      isIdempotent: true,
      answers: withKey,
      problems: ["station_code_taken", "tariff_unknown"],
    }),
    requireStaff("admin"),
    idempotent,
    validate("json", RegisterStation),
    async (c) => {
      const { publicX = null, vendorId = null, ...facts } = c.req.valid("json");
      const input = { ...facts, publicX, vendorId, use: c.get("idempotency"), requestId: c.get("requestId") };
      const entered = await enterStation(c.get("deps"), c.get("actor"), input);
      return c.json(withKeyView(entered), 201, replayed(entered.isReplay));
    },
  )
  .patch(
    "/:id",
    operation({
      id: "editStation",
      summary: "Change name, place, tariff, opening hours or limits of a station",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["station_unknown", "station_retired", "tariff_unknown"],
    }),
    requireStaff("admin"),
    validate("param", StationIdParam),
    validate("json", EditStation),
    async (c) => {
      const { reason, ...changes } = c.req.valid("json");
      const input = { stationId: c.req.valid("param").id, changes, reason, requestId: c.get("requestId") };
      return c.json(stationAdminView(await editStation(c.get("deps"), c.get("actor"), input)));
    },
  )
  .post(
    "/:id/service",
    operation({
      id: "setStationService",
      summary: "Take a station out of service, or put it back",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["station_unknown", "station_retired"],
    }),
    requireStaff("agent", "admin"),
    validate("param", StationIdParam),
    validate("json", StationService),
    async (c) => {
      const { reason, isInService } = c.req.valid("json");
      const input = {
        stationId: c.req.valid("param").id,
        changes: { isInService },
        reason,
        requestId: c.get("requestId"),
      };
      return c.json(stationAdminView(await editStation(c.get("deps"), c.get("actor"), input)));
    },
  )
  .post(
    "/:id/slots",
    operation({
      id: "setSlotService",
      summary: "Take a slot out of service, or put it back; putting it back lifts a quarantine",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["station_unknown", "station_retired", "slot_unknown"],
    }),
    requireStaff("agent", "admin"),
    validate("param", StationIdParam),
    validate("json", SlotService),
    async (c) => {
      const input = { stationId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      return c.json(stationAdminView(await setSlotService(c.get("deps"), c.get("actor"), input)));
    },
  )
  .post(
    "/:id/keys",
    operation({
      id: "giveStationKey",
      summary: "Another key beside the one a station has; it is shown this once",
      tag,
      access,
      hasBody: true,
      isIdempotent: true,
      answers: withKey,
      problems: ["station_unknown", "station_retired", "station_keys_full"],
    }),
    requireStaff("admin"),
    idempotent,
    validate("param", StationIdParam),
    validate("json", GiveKey),
    async (c) => {
      const { publicX = null, reason } = c.req.valid("json");
      const input = {
        stationId: c.req.valid("param").id,
        publicX,
        reason,
        use: c.get("idempotency"),
        requestId: c.get("requestId"),
      };
      const given = await giveStationKey(c.get("deps"), c.get("actor"), input);
      return c.json(withKeyView(given), 201, replayed(given.isReplay));
    },
  )
  .post(
    "/:id/keys/retire",
    operation({
      id: "retireStationKey",
      summary: "End a key of a station; connections made with it are closed",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["station_unknown", "station_key_unknown", "station_key_last"],
    }),
    requireStaff("admin"),
    validate("param", StationIdParam),
    validate("json", RetireKey),
    async (c) => {
      const input = { stationId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      return c.json(stationAdminView(await endStationKey(c.get("deps"), c.get("actor"), input)));
    },
  )
  .post(
    "/:id/retire",
    operation({
      id: "retireStation",
      summary: "Take a station down for good, once its banks are out",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["station_unknown", "station_not_empty"],
    }),
    requireStaff("admin"),
    validate("param", StationIdParam),
    validate("json", RetireStation),
    async (c) => {
      const input = { stationId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      return c.json(stationAdminView(await retireStation(c.get("deps"), c.get("actor"), input)));
    },
  );
