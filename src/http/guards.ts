// Who may pass, and how often. A protected route names one guard; behind it `c.var.actor` is typed as what it proved.
import type { Context, Next } from "hono";
import { createMiddleware } from "hono/factory";
import { AppError, type LimitState } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import type { AppEnv } from "./app-env.ts";
import { limitHeaders } from "./limit-headers.ts";
import { problemResponse } from "./problem.ts";
import { addressOf, policyOf, type PolicyName, type Verdict } from "./rate-limit.ts";

export type SignedIn = Extract<Actor, { kind: "user" }>;
export type Staff = Extract<Actor, { kind: "staff" }>;

const BEARER = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

/** No I/O: the token proves itself. Throws `unauthenticated`, `token_expired`. */
const authenticate = async (c: Context<AppEnv>): Promise<SignedIn> => {
  const [, token] = BEARER.exec(c.req.header("Authorization") ?? "") ?? [];
  if (!token) throw new AppError("unauthenticated");
  return { kind: "user", ...(await c.get("deps").tokens.verify(token)) };
};

const overLimit = ({ limit }: Verdict) =>
  new AppError("rate_limited", { limit, retryAfterSeconds: limit.resetSeconds });

/** Puts the RateLimit headers on the answer. */
export const announceLimit = (c: Context<AppEnv>, limit: LimitState): void => {
  for (const [name, value] of Object.entries(limitHeaders(limit))) c.header(name, value);
};

/**
 * A change waits for its count, and so does a read near the limit. Any other read runs beside it, and its result is thrown away when the client
 * is over: with what several isolates count, that can only be the first of them that hears of it.
 */
const limited = async (c: Context<AppEnv>, next: Next, name: PolicyName, client: string): Promise<void> => {
  const deps = c.get("deps");
  const limits = c.get("limits");
  const policy = policyOf(name, deps);
  const known = limits.knownOver(deps, policy, client);
  if (known) throw overLimit(known);
  const counting = limits.count(deps, policy, client);
  if (c.req.method !== "GET" || limits.isNear(deps, policy, client)) {
    const verdict = await counting;
    if (verdict.isOver) throw overLimit(verdict);
    announceLimit(c, verdict.limit);
    return next();
  }
  await next();
  const verdict = await counting;
  if (verdict.isOver) {
    const refusal = problemResponse(c, overLimit(verdict));
    c.res = undefined;
    c.res = refusal;
  } else if (c.res.status !== 101) announceLimit(c, verdict.limit);
};

const guardFor = (policy: PolicyName) =>
  createMiddleware<AppEnv & { Variables: { actor: SignedIn } }>(async (c, next) => {
    // The narrowed context is the plain one, only with a promise more.
    const plain = c as unknown as Context<AppEnv>;
    const actor = await authenticate(plain);
    c.set("actor", actor);
    await limited(plain, next, policy, actor.userId);
  });

/** Anybody signed in, within the default limit per account. */
export const requireRenter = guardFor("default");
/** Anybody signed in, within the tighter limit of what sends payment prompts. */
export const requirePayer = guardFor("payments");

/** Staff of one of these roles, as the access token says; the verb's function asks the database again. Throws `forbidden`. */
export const requireStaff = (...roles: [Staff["role"], ...Staff["role"][]]) =>
  createMiddleware<AppEnv & { Variables: { actor: Staff } }>(async (c, next) => {
    const plain = c as unknown as Context<AppEnv>;
    const { userId, sessionId, role } = await authenticate(plain);
    const held = roles.find((each) => each === role);
    if (!held) throw new AppError("forbidden");
    c.set("actor", { kind: "staff", userId, sessionId, role: held });
    await limited(plain, next, "default", userId);
  });

/** Who may decide about money. */
export const requireFinance = requireStaff("finance", "admin");

const limitAddressHere = (name: PolicyName) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const deps = c.get("deps");
    const verdict = c.get("limits").countHere(deps, policyOf(name, deps), addressOf(c) ?? "unknown");
    if (verdict.isOver) throw overLimit(verdict);
    announceLimit(c, verdict.limit);
    await next();
  });

/** A read for everybody: limited by address in this isolate, without a word to Redis. */
export const publicRead = limitAddressHere("public");
/** Tokens prove themselves, so only the amount is limited. */
export const limitRefresh = limitAddressHere("refresh");
export const limitHealth = limitAddressHere("health");
