// What SMS gateways post to us. Neither signs anything: the address is the secret.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { operation } from "../http/openapi.ts";
import { requirePathSecret } from "../http/path-secret.ts";
import { AfricasTalkingReport, BeemReport } from "./schemas.ts";
import { takeReport } from "./service.ts";

const tag = "messages";
const access = "provider";
const answers = { 200: { description: "Stored; do not send it again" } };
const problems = ["not_found" as const, "payload_too_large" as const];

/** Mounted at /messages. */
export const messageReports = new Hono<AppEnv>()
  .post(
    "/reports/beem/:secret",
    operation({
      id: "beemDeliveryReport",
      summary: "Beem reports what became of a text message",
      tag,
      access,
      body: BeemReport,
      answers,
      problems,
    }),
    requirePathSecret({ hashes: "SMS_BEEM_SECRET_HASHES" }),
    async (c) => {
      await takeReport(c.get("deps"), "beem", await c.req.text());
      return c.json({ successful: "true" });
    },
  )
  .post(
    "/reports/africastalking/:secret",
    operation({
      id: "africasTalkingDeliveryReport",
      summary: "Africa's Talking reports what became of a text message",
      tag,
      access,
      body: AfricasTalkingReport,
      bodyType: "application/x-www-form-urlencoded",
      answers,
      problems,
    }),
    requirePathSecret({ hashes: "SMS_AFRICASTALKING_SECRET_HASHES" }),
    async (c) => {
      await takeReport(c.get("deps"), "africastalking", await c.req.text());
      return c.json({ successful: "true" });
    },
  );
