// The one way in for a request's data. The schema is the contract: it refuses what it does not know, and the OpenAPI
// document is read from the same object. What leaves on refusal is a path and a word per issue, never a value.
import { zValidator } from "@hono/zod-validator";
import type { Context, MiddlewareHandler, ValidationTargets } from "hono";
import { resolver, uniqueSymbol } from "hono-openapi";
import type { z } from "zod";
import { AppError, type FieldError } from "../errors.ts";

const MAX_FIELD_ERRORS = 20;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

const fieldErrors = (issues: readonly z.core.$ZodIssue[]): FieldError[] =>
  issues.slice(0, MAX_FIELD_ERRORS).map(({ path, code }) => ({ path: path.map(String).join("."), code }));

/** Throws `unsupported_media_type` and `malformed_json`; what was read is kept for whoever reads it next. */
const requireJson = async (c: Context): Promise<void> => {
  if (!JSON_TYPE.test(c.req.header("Content-Type") ?? "")) throw new AppError("unsupported_media_type");
  const text = await c.req.text();
  try {
    JSON.parse(text);
  } catch {
    throw new AppError("malformed_json");
  }
};

/** Validates one part of the request; `c.req.valid(target)` has the parsed value. Throws `invalid_request`. */
export const validate = <T extends keyof ValidationTargets, S extends z.ZodType>(target: T, schema: S) => {
  const check = zValidator(target, schema, (result) => {
    if (!result.success) throw new AppError("invalid_request", { errors: fieldErrors(result.error.issues) });
  });
  const checkJson: MiddlewareHandler = async (c, next) => {
    await requireJson(c);
    return check(c, next);
  };
  return Object.assign(target === "json" ? (checkJson as typeof check) : check, {
    [uniqueSymbol]: { target, ...resolver(schema), options: undefined },
  });
};
