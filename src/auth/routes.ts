import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { announceLimit, limitRefresh, publicRead, requireRenter } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { addressOf } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { deviceOf } from "./device.ts";
import {
  ChallengeView,
  JwksView,
  Login,
  Refresh,
  Register,
  ResendOtp,
  SessionView,
  TokensView,
  VerifyPhone,
} from "./schemas.ts";
import { login, logout, logoutAll, refresh, register, resendOtp, verifyPhone } from "./service.ts";

const tag = "accounts";
const opened = { 202: { description: "A code is on its way, if the number can have one", schema: ChallengeView } };
const gone = { 204: { description: "Done" } };

export const auth = new Hono<AppEnv>()
  .post(
    "/register",
    operation({
      id: "register",
      summary: "Create an account",
      tag,
      access: "public",
      hasBody: true,
      answers: opened,
      problems: ["phone_invalid", "otp_wait"],
    }),
    validate("json", Register),
    async (c) => {
      const { challenge, limit } = await register(c.get("deps"), { address: addressOf(c) }, c.req.valid("json"));
      announceLimit(c, limit);
      return c.json(challenge, 202);
    },
  )
  .post(
    "/login",
    operation({
      id: "login",
      summary: "Ask for a code to sign in",
      tag,
      access: "public",
      hasBody: true,
      answers: opened,
      problems: ["phone_invalid", "otp_wait"],
    }),
    validate("json", Login),
    async (c) => {
      const { challenge, limit } = await login(c.get("deps"), { address: addressOf(c) }, c.req.valid("json"));
      announceLimit(c, limit);
      return c.json(challenge, 202);
    },
  )
  .post(
    "/resend-otp",
    operation({
      id: "resendOtp",
      summary: "Ask for another code",
      tag,
      access: "public",
      hasBody: true,
      answers: opened,
      problems: ["phone_invalid", "otp_wait", "otp_invalid", "otp_ended"],
    }),
    validate("json", ResendOtp),
    async (c) => {
      const { challenge, limit } = await resendOtp(c.get("deps"), { address: addressOf(c) }, c.req.valid("json"));
      announceLimit(c, limit);
      return c.json(challenge, 202);
    },
  )
  .post(
    "/verify-phone",
    operation({
      id: "verifyPhone",
      summary: "Sign in with the code",
      tag,
      access: "public",
      hasBody: true,
      answers: { 200: { description: "Signed in", schema: SessionView } },
      problems: ["phone_invalid", "otp_invalid", "otp_ended", "account_closed"],
    }),
    validate("json", VerifyPhone),
    async (c) => {
      const visitor = { address: addressOf(c), device: deviceOf(c.req.header("User-Agent")) };
      return c.json(await verifyPhone(c.get("deps"), visitor, c.req.valid("json")));
    },
  )
  .post(
    "/refresh",
    operation({
      id: "refresh",
      summary: "Exchange the refresh token",
      tag,
      access: "public",
      hasBody: true,
      answers: { 200: { description: "New tokens; the old refresh token is used up", schema: TokensView } },
      problems: ["refresh_invalid", "account_closed"],
    }),
    limitRefresh,
    validate("json", Refresh),
    async (c) => c.json(await refresh(c.get("deps"), c.req.valid("json"))),
  )
  .post(
    "/logout",
    operation({ id: "logout", summary: "End this session", tag, access: "renter", answers: gone }),
    requireRenter,
    async (c) => {
      await logout(c.get("deps"), c.get("actor"));
      return c.body(null, 204);
    },
  )
  .post(
    "/logout-all",
    operation({ id: "logoutAll", summary: "End every session of the account", tag, access: "renter", answers: gone }),
    requireRenter,
    async (c) => {
      await logoutAll(c.get("deps"), c.get("actor"));
      return c.body(null, 204);
    },
  );

/** Long enough to spare requests, short enough for a new key to be known before it signs. */
const JWKS_CACHE_SECONDS = 300;

export const wellKnown = new Hono<AppEnv>().get(
  "/jwks.json",
  operation({
    id: "jwks",
    summary: "Public keys of the access tokens",
    tag,
    access: "public",
    answers: { 200: { description: "JWK set", schema: JwksView } },
  }),
  publicRead,
  (c) => c.json(c.get("deps").tokens.jwks(), 200, { "Cache-Control": `public, max-age=${JWKS_CACHE_SECONDS}` }),
);
