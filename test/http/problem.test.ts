import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { DatabaseUnavailable } from "../../src/db/client.ts";
import { AppError, catalogue, type ErrorCode } from "../../src/errors.ts";
import { errorDetails } from "../../src/error-details.ts";
import { onError } from "../../src/http/problem.ts";
import { describeError } from "../../src/http/request-context.ts";
import { locales } from "../../src/lib/i18n.ts";

const codes = Object.keys(catalogue) as ErrorCode[];
const SECRET = "0712345678";

const answerTo = async (error: unknown, language = "en") => {
  const app = new Hono();
  app.onError(onError as never);
  app.get("/", () => {
    throw error as Error;
  });
  const response = await app.request("/", { headers: { "Accept-Language": language } });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: JSON.parse(text) as Record<string, unknown>,
  };
};

describe("the error catalogue", () => {
  it.each(codes)("has a text for %s in each language, and none of them twice", (code) => {
    for (const locale of locales) expect(errorDetails[code][locale].length).toBeGreaterThan(5);
    expect(errorDetails[code].sw).not.toBe(errorDetails[code].en);
  });

  it("has no text for a code that is not in it", () => {
    expect(Object.keys(errorDetails).toSorted()).toEqual(codes.toSorted());
  });

  it.each(codes)("answers %s without anything that middleware sets", async (code) => {
    const { status, headers, body } = await answerTo(new AppError(code));
    expect(status).toBe(catalogue[code].status);
    expect(headers.get("Content-Type")).toBe("application/problem+json");
    expect(headers.get("Content-Language")).toBe("en");
    expect(body).toEqual({
      type: `urn:chajipoa:problem:${code}`,
      title: catalogue[code].title,
      status,
      detail: errorDetails[code].en,
      code,
      requestId: expect.stringMatching(/^req_[0-9a-z]{26}$/),
    });
  });
});

describe("a problem", () => {
  it("speaks the language that was asked for, and Swahili without a wish", async () => {
    expect((await answerTo(new AppError("not_found"), "sw")).body["detail"]).toBe(errorDetails.not_found.sw);
    expect((await answerTo(new AppError("not_found"), "fr")).body["detail"]).toBe(errorDetails.not_found.sw);
  });

  it("carries details and errors beside the standard members and never instead of them", async () => {
    const error = new AppError("insufficient_funds", {
      details: { missingTzs: 2_000, status: 1, code: "x" },
      errors: [{ path: "a", code: "b" }],
    });
    expect((await answerTo(error)).body).toMatchObject({
      missingTzs: 2_000,
      status: 402,
      code: "insufficient_funds",
      errors: [{ path: "a", code: "b" }],
    });
  });

  it("tells nothing of us when it is our fault", async () => {
    const failures = [
      new Error(SECRET),
      new AppError("internal", {
        details: { hint: SECRET },
        errors: [{ path: SECRET, code: "x" }],
        cause: new Error(SECRET),
      }),
      new HTTPException(502, { message: SECRET }),
    ];
    for (const error of failures) {
      const { status, body, text } = await answerTo(error);
      expect([status, body["code"]]).toEqual([500, "internal"]);
      expect(text).not.toContain(SECRET);
    }
  });

  it("says when to come back after a lost database", async () => {
    const { status, headers } = await answerTo(new DatabaseUnavailable(new Error("x")));
    expect([status, headers.get("Retry-After")]).toEqual([503, "5"]);
  });

  it("shows a limit in the fields of the IETF draft", async () => {
    const limit = { policy: "default", quota: 100, windowSeconds: 900, remaining: 0, resetSeconds: 12 };
    const { headers } = await answerTo(new AppError("rate_limited", { limit, retryAfterSeconds: 12 }));
    expect(headers.get("RateLimit-Policy")).toBe('"default";q=100;w=900');
    expect(headers.get("RateLimit")).toBe('"default";r=0;t=12');
    expect(headers.get("Retry-After")).toBe("12");
  });

  it("still comes when the settings cannot be read", async () => {
    const app = createApp(() => {
      throw new Error(SECRET);
    });
    const context = { waitUntil: () => undefined } as unknown as ExecutionContext;
    const response = await app.fetch(new Request("http://chajipoa.test/health"), {}, context);
    expect(response.status).toBe(500);
    expect(response.headers.get("X-Frame-Options")).toBe("DENY");
    expect(await response.json()).toMatchObject({ code: "internal", requestId: response.headers.get("X-Request-Id") });
  });
});

describe("what the log is told of an error", () => {
  it("is its kind, its code and its place, and never its message", () => {
    const cause = Object.assign(new TypeError(`value ${SECRET}`), {
      code: "23505",
      constraint: "users_phone_hash_key",
    });
    const told = describeError(new AppError("internal", { cause: new Error(`Failed query: ${SECRET}`, { cause }) }));
    expect(told).toMatchObject({
      error: "AppError < Error < TypeError",
      errorCode: "23505",
      errorConstraint: "users_phone_hash_key",
    });
    expect(told["errorAt"]).toContain("problem.test");
    expect(JSON.stringify(told)).not.toContain(SECRET);
  });

  it("leaves out a code that is no code", () => {
    expect(describeError(Object.assign(new Error("x"), { code: `secret ${SECRET}` }))["errorCode"]).toBeUndefined();
    expect(describeError(undefined)).toEqual({});
  });
});
