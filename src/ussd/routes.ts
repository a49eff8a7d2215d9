// Where the USSD gateways post. Proved by a secret in the path; never answered 429. What goes wrong behind the door is a screen, because
// a gateway shows nothing else to the person at the handset.
import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "../http/app-env.ts";
import { operation } from "../http/openapi.ts";
import { requirePathSecret } from "../http/path-secret.ts";
import {
  AfricasTalkingPost,
  africasTalkingAnswer,
  BeemAnswer,
  beemAnswer,
  BeemPost,
  lastInputOf,
  readAfricasTalking,
  readBeem,
} from "./schemas.ts";
import { answerCall, answerLastInput } from "./service.ts";

const tag = "ussd";

export const ussd = new Hono<AppEnv>()
  .post(
    "/africastalking/:secret",
    operation({
      id: "ussdAfricasTalking",
      summary: "Africa's Talking: what was typed so far, answered with the next screen",
      tag,
      access: "provider",
      body: AfricasTalkingPost,
      bodyType: "application/x-www-form-urlencoded",
      answers: { 200: { description: "`CON …` or `END …`", schema: z.string(), type: "text/plain" } },
      problems: ["not_found", "invalid_request", "payload_too_large"],
    }),
    requirePathSecret({ hashes: "USSD_AFRICASTALKING_SECRET_HASHES" }),
    async (c) => {
      const dialled = readAfricasTalking(new TextDecoder().decode(await c.req.arrayBuffer()), c.get("requestId"));
      return c.text(africasTalkingAnswer(await answerCall(c.get("deps"), dialled)));
    },
  )
  .post(
    "/beem/:secret",
    operation({
      id: "ussdBeem",
      summary: "Beem: the last input, answered with the next screen",
      tag,
      access: "provider",
      body: BeemPost,
      answers: { 200: { description: "The screen", schema: BeemAnswer } },
      problems: ["not_found", "malformed_json", "invalid_request", "payload_too_large"],
    }),
    requirePathSecret({ hashes: "USSD_BEEM_SECRET_HASHES" }),
    async (c) => {
      const call = readBeem(await c.req.text());
      return c.json(beemAnswer(call, await answerLastInput(c.get("deps"), lastInputOf(call, c.get("requestId")))));
    },
  );
