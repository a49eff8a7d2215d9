// Every path, query and header parameter against what it must refuse, and every address and method that is not served.
import { beforeAll, describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/errors.ts";
import { MARKER } from "./breakage.ts";
import { costOf } from "./cost.ts";
import { signIn, staffToken, startApp, type TestApp } from "./harness.ts";
import {
  ANYWHERE,
  published,
  QUERY_SAMPLES,
  resolve,
  routes,
  samplePath,
  type Parameter,
  type Route,
} from "./published.ts";

let app: TestApp;
let token: string;
let admin: string;
const tokenFor = (route: Route): string => (route.pattern.includes("/admin/") ? admin : token);
beforeAll(async () => {
  app = startApp({ settings: { RATE_LIMIT_REQUESTS: "100000" } });
  ({ accessToken: token } = await signIn(app));
  admin = await staffToken(app, token);
});

type Options = NonNullable<Parameters<TestApp["call"]>[2]>;

const call = async (method: string, path: string, options: Options = {}) => {
  app.rawLines.length = 0;
  const answer = await app.call(method, path, options);
  expect(
    answer.text + JSON.stringify([...answer.headers]) + app.rawLines.join("\n"),
    `${method} ${path.slice(0, 80)}`,
  ).not.toContain(MARKER);
  return { ...answer, code: answer.body?.["code"] as ErrorCode };
};

/** Sends it as whoever may, and sees a published problem. */
const refuse = async (route: Route, path: string, headers: Record<string, string> = {}) => {
  const answer = await call(route.method, path, {
    headers: { "Idempotency-Key": "k", ...headers },
    ...(route.proof === "accessToken" ? { token: tokenFor(route) } : {}),
  });
  const about = `${route.name} ${path.slice(0, 80)}: ${answer.status} ${answer.code}`;
  expect(answer.headers.get("Content-Type"), about).toBe("application/problem+json");
  expect(route.codes.has(answer.code) || ANYWHERE.has(answer.code), `${about} is not published`).toBe(true);
  expect(answer.status, about).toBeLessThan(500);
  const paths = ((answer.body["errors"] ?? []) as { path: string }[]).map((error) => error.path);
  return { ...answer, about, paths };
};

const unpaid = async (work: () => Promise<void>) => {
  const { toPostgres, rows } = await costOf(work);
  expect({ toPostgres, rows }).toEqual({ toPostgres: 0, rows: {} });
};

const BAD_TEXTS = [
  MARKER,
  "0",
  "-1",
  "x",
  "null",
  "undefined",
  "NaN",
  "%00",
  "1001%00",
  "%F0%9F%94%8B",
  "%E2%80%AE1001",
  "..%2F..%2Fhealth",
  "1001%0d%0aX-Canary:1",
  "%27%20or%201=1--",
  "[object%20Object]",
  "__proto__",
  "constructor",
  "١٠٠١",
  "1001%20",
  "%201001",
  "x".repeat(3_000),
  "%ff",
  "%",
  "%E0%A4%A",
  "*",
  ":id",
  "{id}",
];
const form = (parameter: Parameter) => new RegExp(resolve(parameter.schema).pattern ?? "^", "u");
const decoded = (text: string) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Ids that look right at a glance: another kind's, another alphabet, another length, another case. */
const nearIds = (good: string): string[] =>
  /^[a-z]+_/.test(good)
    ? [
        good.replace(/^[a-z]+/, "usr"),
        good.slice(0, -1),
        `${good}0`,
        good.toUpperCase(),
        `${good.slice(0, -1)}u`,
        `${good.slice(0, -1)}%00`,
        ` ${good}`.replace(" ", "%20"),
      ]
    : [`${good}0000000`, good.slice(0, 3)];

const withParameters = (where: Parameter["in"]) =>
  routes.flatMap((route) =>
    route.parameters
      .filter((parameter) => parameter.in === where)
      .map((parameter) => ({ route, parameter, title: `${route.name} ${parameter.name}` })),
  );

describe.each(withParameters("path"))("$title", ({ route, parameter }) => {
  it("refuses what has not its form, and asks nobody", () =>
    unpaid(async () => {
      const good = samplePath(route.pattern);
      const sample = good.split("/")[route.pattern.split("/").indexOf(`:${parameter.name}`)]!;
      const bad = [...BAD_TEXTS, ...nearIds(sample)].filter(
        (text) => resolve(parameter.schema).pattern === undefined || !form(parameter).test(decoded(text)),
      );
      expect(bad.length).toBeGreaterThan(15);
      for (const text of bad) {
        const path = route.pattern.replaceAll(/:(\w+)/g, (_, name) => (name === parameter.name ? text : "x"));
        const query = route.proof === null && route.id === "listenToRental" ? "?ticket=x" : "";
        const { about, status, code } = await refuse(route, path + query, query ? { Upgrade: "websocket" } : {});
        const expected =
          route.proof === "stationToken" ? [401] : parameter.name === "secret" ? [404] : query ? [400, 401] : [400];
        expect(expected, about).toContain(status);
        if (status === 400) expect(code, about).toBe("invalid_request");
      }
    }));
});

const badNumbers = ({ minimum, maximum }: { minimum?: number; maximum?: number }) => [
  "",
  "%20",
  "x",
  MARKER,
  "NaN",
  "Infinity",
  "-Infinity",
  "1e999",
  "0.5",
  "-1",
  "1,5",
  "9".repeat(30),
  "null",
  "true",
  "%00",
  "5%00",
  "1;2",
  "--1",
  ...(minimum === undefined ? [] : [String(minimum - 1)]),
  ...(maximum === undefined ? [] : [String(maximum + 1)]),
];

describe.each(withParameters("query"))("$title", ({ route, parameter }) => {
  it("refuses what has not its form, twice the same name and what is too long, and names it", () =>
    unpaid(async () => {
      const schema = resolve(parameter.schema);
      const others = route.parameters
        .filter((one) => one.in === "query" && one.required && one !== parameter)
        .map((one) => `&${one.name}=${QUERY_SAMPLES[one.name] ?? "1001"}`)
        .join("");
      const bad =
        schema.type === "integer"
          ? badNumbers(schema)
          : ["", ...BAD_TEXTS].filter((text) => !form(parameter).test(decoded(text)));
      if (schema.maxLength !== undefined) bad.push("x".repeat(schema.maxLength + 1));
      bad.push(`1&${parameter.name}=2`);
      const path = samplePath(route.pattern);
      for (const text of bad) {
        const { about, status, code, paths } = await refuse(route, `${path}?${parameter.name}=${text}${others}`);
        expect([about, status, code]).toEqual([about, 400, "invalid_request"]);
        expect(paths[0]?.split(".")[0], about).toBe(parameter.name);
      }
    }));

  it("refuses to do without it where it is required, and what stands beside it unknown", () =>
    unpaid(async () => {
      const path = samplePath(route.pattern);
      if (parameter.required) expect((await refuse(route, path)).paths).toContain(parameter.name);
      for (const name of [
        MARKER,
        "__proto__",
        "constructor",
        `${parameter.name}[]`,
        parameter.name.toUpperCase(),
        "offset",
      ]) {
        const { about, status, code } = await refuse(route, `${path}?${name}=1`);
        expect([about, status, code]).toEqual([about, 400, "invalid_request"]);
      }
    }));
});

describe.each(withParameters("header"))("$title", ({ route, parameter }) => {
  it("refuses to do without it, and what is no key", () =>
    unpaid(async () => {
      for (const key of ["", undefined]) {
        const headers: Record<string, string> = key === undefined ? {} : { [parameter.name]: key };
        const answer = await call(route.method, samplePath(route.pattern), {
          json: {},
          token: tokenFor(route),
          headers,
        });
        expect([answer.status, answer.code]).toEqual([400, "idempotency_key_required"]);
      }
      for (const key of [`${MARKER} ${MARKER}`, `${MARKER}${"k".repeat(128)}`, `${MARKER}\t1`, "a, b"]) {
        const { about, status, code, paths } = await refuse(route, samplePath(route.pattern), {
          [parameter.name]: key,
        });
        expect([about, status, code, paths]).toEqual([about, 400, "invalid_request", [parameter.name]]);
      }
      for (const key of ["k", "~!".repeat(64)]) {
        const answer = await call(route.method, samplePath(route.pattern), {
          json: { [MARKER]: 1 },
          token: tokenFor(route),
          headers: { [parameter.name]: key },
        });
        expect(answer.body["errors"]).toContainEqual({ path: "", code: "unrecognized_keys" });
      }
    }));
});

it("every kind of parameter is gone through", () => {
  expect(withParameters("path").length).toBeGreaterThan(10);
  expect(withParameters("query").length).toBeGreaterThan(4);
  expect(
    withParameters("header")
      .map(({ route }) => route.id)
      .toSorted(),
  ).toEqual([
    "decideDispute",
    "extendRental",
    "forgiveDebt",
    "giveStationKey",
    "initiatePayment",
    "issueCreditNote",
    "moveClosedWallet",
    "openDispute",
    "openTicket",
    "orderStation",
    "publishTariff",
    "registerStation",
    "reportLost",
    "requestWithdrawal",
    "startRental",
    "swapRental",
    "takeByHand",
    "takePowerBank",
    "workOnTicket",
  ]);
});

describe("what is not served", () => {
  const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
  const servedAt = (path: string) =>
    METHODS.filter((method) =>
      routes.some(
        (route) =>
          route.method === method &&
          new RegExp(`^${route.pattern.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`).test(path),
      ),
    );

  it.each(Object.keys(published.paths))("%s answers 405 with Allow to every other method", (pattern) =>
    unpaid(async () => {
      const path = samplePath(pattern.replaceAll(/\{(\w+)\}/g, ":$1"));
      const served = servedAt(path);
      const others = [...METHODS, "OPTIONS", "PROPFIND", "QUERY"].filter((method) => !served.includes(method));
      for (const method of others) {
        const { status, code, headers } = await call(method, path, method === "GET" ? {} : { json: { [MARKER]: 1 } });
        expect([method, status, code]).toEqual([method, 405, "method_not_allowed"]);
        expect(headers.get("Allow")).toBe([...(served.includes("GET") ? ["HEAD"] : []), ...served].join(", "));
        expect(headers.get("Content-Type")).toBe("application/problem+json");
      }
    }),
  );

  it("is 404 in the form of the catalogue, whatever is asked and by whom", () =>
    unpaid(async () => {
      const paths = [
        "/",
        `/${MARKER}`,
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v2/users/profile",
        "/api/v1/rentals",
        `/api/v1/rentals/active/${MARKER}`,
        "/api/v1/users/profile/",
        "/API/V1/users/profile",
        "/health/",
        "//health",
        "/api/v1//users/profile",
        "/r/",
        "/r",
        "/.env",
        "/.well-known/",
        "/openapi",
        "/admin",
        "/api/v1/stations/1001/socket/x",
        `/%2e%2e/${MARKER}`,
        "/%00",
        "/%ff",
        `/${"x/".repeat(2_000)}`,
      ];
      for (const path of paths) {
        for (const method of ["GET", "POST", "DELETE"]) {
          const answer = await call(method, path, { token });
          expect([path.slice(0, 60), method, answer.status, answer.code]).toEqual([
            path.slice(0, 60),
            method,
            404,
            "not_found",
          ]);
          expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
        }
      }
    }));

  it("answers HEAD like GET, without a body", async () => {
    const response = await app.request("HEAD", "/health");
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});
