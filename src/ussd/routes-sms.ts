// Where the SMS gateways post what people write to our number. Proved by the secret in the path that their delivery reports have; never
// answered 429. The answer to a text is a text.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { operation } from "../http/openapi.ts";
import { requirePathSecret } from "../http/path-secret.ts";
import { AfricasTalkingText, BeemText, readAfricasTalkingText, readBeemText } from "./schemas-sms.ts";
import { takeText } from "./service.ts";

const tag = "ussd";
const access = "provider";
const answers = { 200: { description: "Done; do not send it again" } };

/** Mounted at /messages. */
export const inboundTexts = new Hono<AppEnv>()
  .post(
    "/inbound/africastalking/:secret",
    operation({
      id: "africasTalkingInboundText",
      summary: "Africa's Talking: what somebody wrote to our number",
      tag,
      access,
      body: AfricasTalkingText,
      bodyType: "application/x-www-form-urlencoded",
      answers,
      problems: ["not_found", "invalid_request", "payload_too_large"],
    }),
    requirePathSecret({ hashes: "SMS_AFRICASTALKING_SECRET_HASHES" }),
    async (c) => {
      const body = new TextDecoder().decode(await c.req.arrayBuffer());
      await takeText(c.get("deps"), readAfricasTalkingText(body, c.get("requestId")));
      return c.json({ successful: "true" });
    },
  )
  .post(
    "/inbound/beem/:secret",
    operation({
      id: "beemInboundText",
      summary: "Beem: what somebody wrote to our number",
      tag,
      access,
      body: BeemText,
      answers,
      problems: ["not_found", "malformed_json", "invalid_request", "payload_too_large"],
    }),
    requirePathSecret({ hashes: "SMS_BEEM_SECRET_HASHES" }),
    async (c) => {
      await takeText(c.get("deps"), await readBeemText(await c.req.text(), c.get("requestId")));
      return c.json({ successful: "true" });
    },
  );
