// Every refusal leaves here, as RFC 9457. What crosses: a code, where in the request it is wrong. What never does: a
// submitted value, an exception's message, anything of our inside for a status of 500 and more. Depends on nothing that
// middleware set, because it also answers for middleware that failed.
import type { Context, ErrorHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AppError, catalogue, type ErrorCode } from "../errors.ts";
import { systemClock } from "../lib/clock.ts";
import { chooseLocale } from "../lib/i18n.ts";
import { createIds } from "../lib/ids.ts";
import type { AppEnv } from "./app-env.ts";
import { errorDetails } from "../error-details.ts";
import { limitHeaders } from "./limit-headers.ts";

export const PROBLEM_TYPE = "application/problem+json";

/** Every problem's `type`; stable, so that a client may compare it. */
export const problemType = (code: ErrorCode): string => `urn:chajipoa:problem:${code}`;

const codeOfStatus: Record<number, ErrorCode> = {
  400: "invalid_request",
  404: "not_found",
  413: "payload_too_large",
  415: "unsupported_media_type",
};

/** What any throw means to the outside; an unknown one is ours. */
export const toAppError = (error: unknown): AppError => {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException) return new AppError(codeOfStatus[error.status] ?? "internal", { cause: error });
  return new AppError("internal", { cause: error });
};

export const problemResponse = (c: Context<AppEnv>, error: AppError): Response => {
  const { code } = error;
  const { status, title } = catalogue[code];
  // Typed as always there; not so when the middleware that sets it has failed.
  const requestId = (c.get("requestId") as string | undefined) ?? createIds(systemClock).next("req");
  const locale = chooseLocale(c.req.header("Accept-Language"));
  const document = {
    ...(status < 500 ? error.details : {}),
    type: problemType(code),
    title,
    status,
    detail: errorDetails[code][locale],
    code,
    requestId,
    ...(error.errors && status < 500 ? { errors: error.errors } : {}),
  };
  c.set("problem", code);
  const headers: Record<string, string> = {
    "Content-Type": PROBLEM_TYPE,
    "Content-Language": locale,
    "X-Request-Id": requestId,
    ...(error.limit ? limitHeaders(error.limit) : {}),
  };
  if (error.retryAfterSeconds !== undefined)
    headers["Retry-After"] = String(Math.max(1, Math.ceil(error.retryAfterSeconds)));
  if (status === 401) headers["WWW-Authenticate"] = "Bearer";
  return c.body(JSON.stringify(document), status as ContentfulStatusCode, headers);
};

export const onError: ErrorHandler<AppEnv> = (error, c) => problemResponse(c, toAppError(error));
