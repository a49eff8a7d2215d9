// Tariffs, for staff. Mounted at /admin/tariffs.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireFinance, requireStaff } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { PublishTariff, TariffPage, TariffsQuery, TariffView, tariffView } from "./schemas.ts";
import { listTariffs, publishTariff } from "./service.ts";

const tag = "fleet";
const access = "staff";

export const tariffsAdmin = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "listTariffs",
      summary: "Every version of every tariff, newest first",
      tag,
      access,
      answers: { 200: { description: "A page", schema: TariffPage } },
      problems: ["invalid_request"],
    }),
    requireStaff("support", "finance", "admin"),
    validate("query", TariffsQuery),
    async (c) => {
      const { cursor = null, limit } = c.req.valid("query");
      const { items, nextCursor } = await listTariffs(c.get("deps"), { cursor, limit });
      return c.json({ items: items.map(tariffView), nextCursor });
    },
  )
  .post(
    "/",
    operation({
      id: "publishTariff",
      summary: "A new tariff, or the next version of one; stations keep theirs until they are given it",
      tag,
      access,
      hasBody: true,
      isIdempotent: true,
      answers: { 201: { description: "The version", schema: TariffView } },
    }),
    requireFinance,
    idempotent,
    validate("json", PublishTariff),
    async (c) => {
      const input = { ...c.req.valid("json"), use: c.get("idempotency"), requestId: c.get("requestId") };
      const { tariff, isReplay } = await publishTariff(c.get("deps"), c.get("actor"), input);
      return c.json(tariffView(tariff), 201, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  );
