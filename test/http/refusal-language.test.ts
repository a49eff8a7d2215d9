// What a person reads when something is refused: in which language, under which id, and what never.
import { beforeAll, describe, expect, it } from "vitest";
import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { errorDetails } from "../../src/error-details.ts";
import { MARKER } from "./breakage.ts";
import { signIn, startApp, type TestApp } from "./harness.ts";

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = startApp({ settings: { RATE_LIMIT_REQUESTS: "100000" } });
  ({ accessToken: token } = await signIn(app));
});

type Options = NonNullable<Parameters<TestApp["call"]>[2]>;

const call = async (method: string, path: string, options: Options = {}) => {
  const answer = await app.call(method, path, options);
  expect(answer.text + JSON.stringify([...answer.headers]) + app.rawLines.join("\n")).not.toContain(MARKER);
  return { ...answer, code: answer.body["code"] };
};

describe("a refusal in the language of its reader", () => {
  const ways: [ErrorCode, string, string, Options][] = [
    ["unauthenticated", "GET", "/api/v1/users/profile", {}],
    ["not_found", "GET", "/nowhere", {}],
    ["method_not_allowed", "DELETE", "/health", {}],
    ["malformed_json", "POST", "/api/v1/auth/login", { body: "{", headers: { "Content-Type": "application/json" } }],
    ["invalid_request", "POST", "/api/v1/auth/login", { json: {} }],
    ["phone_invalid", "POST", "/api/v1/auth/login", { json: { phone: "1" } }],
    ["unsupported_media_type", "POST", "/api/v1/auth/login", { body: "{}" }],
    ["refresh_invalid", "POST", "/api/v1/auth/refresh", { json: { refreshToken: "x" } }],
    ["station_unknown", "GET", "/api/v1/stations/999999", {}],
    ["receipt_not_ready", "GET", `/r/${"0".repeat(26)}`, {}],
  ];
  const languages: [string | undefined, "sw" | "en"][] = [
    [undefined, "sw"],
    ["", "sw"],
    ["sw", "sw"],
    ["sw-TZ", "sw"],
    ["en", "en"],
    ["en-GB,en;q=0.9", "en"],
    ["EN", "en"],
    ["fr", "sw"],
    ["fr, en;q=0.5", "en"],
    ["en;q=0.1, sw;q=0.9", "sw"],
    ["en;q=0", "sw"],
    ["*", "sw"],
    [MARKER, "sw"],
    [`en;q=${MARKER}`, "sw"],
    [",;,;=", "sw"],
    ["en;q=2", "sw"],
    [`${"x,".repeat(4_000)}en`, "sw"],
  ];

  it.each(ways)("%s is told in Swahili, or in English where that is wished", async (code, method, path, options) => {
    for (const [language, locale] of languages) {
      const headers = { ...options.headers, ...(language === undefined ? {} : { "Accept-Language": language }) };
      const answer = await call(method, path, { ...options, headers });
      expect([
        language?.slice(0, 30),
        answer.code,
        answer.status,
        answer.body["detail"],
        answer.headers.get("Content-Language"),
      ]).toEqual([language?.slice(0, 30), code, catalogue[code].status, errorDetails[code][locale], locale]);
      expect(answer.body["requestId"]).toBe(answer.headers.get("X-Request-Id"));
      expect(answer.body["requestId"]).toMatch(/^req_[0-9a-hjkmnp-tv-z]{26}$/);
    }
  });

  it("has an id of its own, whatever the caller claims", async () => {
    const claimed = { "X-Request-Id": `req_${MARKER}`, requestId: MARKER };
    const [first, second] = [
      await call("GET", "/nowhere", { headers: claimed }),
      await call("GET", "/nowhere", { headers: claimed }),
    ];
    expect(first.body["requestId"]).not.toBe(second.body["requestId"]);
  });

  it("tells nothing of our inside when the fault is ours", async () => {
    const broken = startApp({
      deps: {
        tokens: {
          ...app.deps.tokens,
          verify: async () => {
            throw new TypeError(`${MARKER} is not a function`, { cause: new Error(MARKER) });
          },
        },
      },
    });
    const { status, body, headers, text } = await broken.call("GET", "/api/v1/users/profile", { token });
    expect([status, body["code"], body["detail"]]).toEqual([500, "internal", errorDetails.internal.sw]);
    expect(body["requestId"]).toBe(headers.get("X-Request-Id"));
    expect(Object.keys(body).toSorted()).toEqual(["code", "detail", "requestId", "status", "title", "type"]);
    for (const word of [MARKER, "TypeError", "stack", ".ts", "    at "]) expect(text).not.toContain(word);
    expect(broken.rawLines.join("\n")).not.toContain(MARKER);
    expect(broken.lines.at(-1)).toMatchObject({ level: "error", status: 500, error: "TypeError < Error" });
  });
});
