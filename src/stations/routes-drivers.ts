// Where the vendors of cabinets, their broker and their cabinets call. Proved by a secret in the path and by nothing else, so
// what comes in only makes a station's object look. Never answered 429.
import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "../http/app-env.ts";
import { operation } from "../http/openapi.ts";
import { requirePathSecret } from "../http/path-secret.ts";
import { BrokerLogin, BrokerVerdict, ChargeNowPush, VolinksAnswer, VolinksMessage } from "./schemas-drivers.ts";
import {
  issueVolinksCredentials,
  isVolinksPassword,
  takeChargeNowPush,
  takeVolinksCall,
  takeVolinksMessage,
} from "./service.ts";

const tag = "station drivers";
const chargenow = requirePathSecret({ hashes: "CHARGENOW_SECRET_HASHES" });
const volinks = requirePathSecret({ hashes: "VOLINKS_SECRET_HASHES" });

const heard = { 200: { description: "Heard; do not send it again" } };
const problems = ["not_found", "payload_too_large"] as const;
const deviceCall = (id: string, summary: string) =>
  operation({
    id,
    summary,
    tag,
    access: "provider",
    body: z.string().meta({ description: "Not read" }),
    answers: { 200: { description: "In the form that the firmware expects", schema: VolinksAnswer } },
    problems: [...problems, "invalid_request", "station_unknown"],
  });

const answer = (nowMs: number, data?: string) => ({
  code: 200,
  type: 0,
  msg: "OK",
  time: nowMs,
  ...(data === undefined ? {} : { data }),
});

export const stationDrivers = new Hono<AppEnv>()
  .post(
    "/chargenow/:secret",
    operation({
      id: "chargenowPush",
      summary: "ChargeNow's cloud says that something happened at a cabinet",
      tag,
      access: "provider",
      body: ChargeNowPush,
      answers: heard,
      problems: [...problems],
    }),
    chargenow,
    async (c) => {
      await takeChargeNowPush(c.get("deps"), await c.req.text());
      return c.json({ code: 0, msg: "success" });
    },
  )
  .post(
    "/volinks/:secret/messages",
    operation({
      id: "volinksMessage",
      summary: "The broker passes a cabinet's message on",
      tag,
      access: "provider",
      body: VolinksMessage,
      answers: heard,
      problems: [...problems],
    }),
    volinks,
    async (c) => {
      await takeVolinksMessage(c.get("deps"), await c.req.text());
      return c.json({ code: 0 });
    },
  )
  .post(
    "/volinks/:secret/login",
    operation({
      id: "volinksLogin",
      summary: "The broker asks whether a cabinet may connect",
      tag,
      access: "provider",
      body: BrokerLogin,
      answers: { 200: { description: "The verdict", schema: BrokerVerdict } },
      problems: [...problems],
    }),
    volinks,
    async (c) => {
      const login = BrokerLogin.safeParse(await c.req.json().catch(() => null));
      const { username, password } = login.data ?? { username: "", password: "" };
      const isAllowed = await isVolinksPassword(c.get("deps"), username, password);
      return c.json({ result: isAllowed ? "allow" : "deny", is_superuser: false });
    },
  )
  .post(
    "/volinks/:secret/api/rentbox/client/connect",
    deviceCall("volinksConnect", "A cabinet was switched on and asks where its broker is"),
    volinks,
    async (c) => {
      const deps = c.get("deps");
      return c.json(answer(deps.clock.now(), await issueVolinksCredentials(deps, c.req.query())));
    },
  )
  .post(
    "/volinks/:secret/api/rentbox/client/upload",
    deviceCall("volinksUpload", "A cabinet sends what it holds"),
    volinks,
    async (c) => {
      const deps = c.get("deps");
      await takeVolinksCall(deps, "upload", c.req.query());
      return c.json(answer(deps.clock.now()));
    },
  )
  .post(
    "/volinks/:secret/api/rentbox/order/return",
    deviceCall("volinksReturn", "A cabinet took a power bank in"),
    volinks,
    async (c) => {
      const deps = c.get("deps");
      await takeVolinksCall(deps, "return", c.req.query());
      return c.json(answer(deps.clock.now()));
    },
  );
