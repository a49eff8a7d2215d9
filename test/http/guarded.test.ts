// The security suite, for every route: whoever has no proof is refused before anything is read, written or counted.
import { env } from "cloudflare:workers";
import { importJWK, SignJWT, type JWK } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { createTokens } from "../../src/auth/tokens.ts";
import { Config } from "../../src/config.ts";
import { createStationPort } from "../../src/stations/station-port.ts";
import { makeKey, makeStation, type TestStation } from "../durable-objects/harness.ts";
import { ids } from "../support/factories.ts";
import { signStationToken } from "../support/station-client.ts";
import { CALLBACK_SECRET, TOKEN_KEY } from "../support/test-env.ts";
import { costOf, NOTHING } from "./cost.ts";
import { signIn, startApp, type TestApp } from "./harness.ts";
import {
  ANYWHERE,
  BY_PATH_SECRET,
  BY_STATION,
  BY_TICKET,
  GUARDED,
  mountedRoutes,
  PUBLIC,
  routes,
  samplePath,
  type Route,
} from "./published.ts";

const MARKER = "canary7f3a";
const issuer = env.PUBLIC_BASE_URL;
const base64Url = (value: unknown) =>
  btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

let app: TestApp;
let accessToken: string;
let ticket: string;
let forged: Record<string, { authorization?: string; code: "unauthenticated" | "token_expired" }>;
let station: TestStation;

/** Our own key with other claims or another header: a right signature over a wrong token. */
const signed = async (claims: Record<string, unknown>, header: Record<string, unknown> = {}, key: JWK = TOKEN_KEY) => {
  const nowSeconds = Math.floor(app.clock.now() / 1000);
  const { userId, sessionId, role } = await app.deps.tokens.verify(accessToken);
  return new SignJWT({
    sub: userId,
    sid: sessionId,
    role,
    iss: issuer,
    aud: "chajipoa:api",
    iat: nowSeconds,
    exp: nowSeconds + 900,
    ...claims,
  })
    .setProtectedHeader({ alg: "EdDSA", kid: TOKEN_KEY.kid, typ: "at+jwt", ...header })
    .sign(await importJWK(key, "EdDSA"));
};

beforeAll(async () => {
  app = startApp({
    settings: { RATE_LIMIT_REQUESTS: "100000" },
    deps: { stationWire: createStationPort(env.STATIONS) },
  });
  station = await makeStation();
  const session = await signIn(app);
  ({ accessToken } = session);
  const access = await app.deps.tokens.verify(accessToken);
  ({ ticket } = await app.deps.tokens.signTicket({
    rentalId: ids.next("rnt"),
    stationId: station.stationId,
    status: "active",
  }));

  const past = createTokens(Config.parse(env), { now: () => app.clock.now() - 901_000 });
  const nowSeconds = Math.floor(app.clock.now() / 1000);
  const [header = "", payload = "", signature = ""] = accessToken.split(".");
  const foreignJwk = (await makeKey("k1")).privateJwk;
  const unsigned = (alg: string) => `${base64Url({ alg, kid: TOKEN_KEY.kid, typ: "at+jwt" })}.${payload}`;
  const withSecret = new SignJWT({
    ...access,
    sub: access.userId,
    sid: access.sessionId,
    iss: issuer,
    aud: "chajipoa:api",
    iat: nowSeconds,
    exp: nowSeconds + 900,
  })
    .setProtectedHeader({ alg: "HS256", kid: TOKEN_KEY.kid, typ: "at+jwt" })
    .sign(new TextEncoder().encode(TOKEN_KEY.x));

  const wrong: Record<string, string> = {
    "no dots": MARKER.repeat(4),
    "two parts": `${header}.${payload}`,
    "an empty signature": `${header}.${payload}.`,
    "a cut signature": `${header}.${payload}.${signature.slice(0, -4)}`,
    "a changed payload": `${header}.${base64Url({ ...access, aud: "chajipoa:api", iss: issuer, exp: 9e9, iat: 1 })}.${signature}`,
    "a header that is not JSON": `${MARKER}.${payload}.${signature}`,
    "100 KB": `${header}.${"x".repeat(100_000)}.${signature}`,
    "the key of a stranger": await signed({}, {}, foreignJwk),
    "an unknown kid": await signed({}, { kid: MARKER }),
    "another audience": await signed({ aud: "chajipoa:admin" }),
    "another issuer": await signed({ iss: "https://evil.test" }),
    "another type": await signed({}, { typ: "JWT" }),
    "no session": await signed({ sid: undefined }),
    "an unknown role": await signed({ role: "root" }),
    "a subject that is no user": await signed({ sub: ids.next("stn") }),
    "no expiry": await signed({ exp: undefined }),
    "a beginning in the future": await signed({ nbf: nowSeconds + 600 }),
    "alg none": `${unsigned("none")}.`,
    "alg none with the signature of another": `${unsigned("none")}.${signature}`,
    "alg HS256 over the public key": await withSecret,
    "a station's token": await signStationToken(station.key, station.stationId, station.clock.now()),
    "a live ticket": ticket,
    "a refresh token": session.refreshToken,
    "an expired token of a stranger": await signed({ exp: nowSeconds - 1 }, {}, foreignJwk),
  };
  forged = {
    "no header": { code: "unauthenticated" },
    "an empty header": { authorization: "", code: "unauthenticated" },
    Basic: { authorization: "Basic YTpi", code: "unauthenticated" },
    "a token without its scheme": { authorization: accessToken, code: "unauthenticated" },
    "two tokens": { authorization: `Bearer ${accessToken}, Bearer ${accessToken}`, code: "unauthenticated" },
    "an expired token": { authorization: `Bearer ${await past.sign(access)}`, code: "token_expired" },
    ...Object.fromEntries(
      Object.entries(wrong).map(([name, token]) => [
        name,
        { authorization: `Bearer ${token}`, code: "unauthenticated" as const },
      ]),
    ),
  };
});

const routeOf = (name: string): Route => routes.find((route) => route.name === name)!;

/** Sends it as `proof` says and sees that it is refused with this code, in the form of the catalogue. */
const refused = async (
  route: Route,
  label: string,
  headers: Record<string, string>,
  expected: { status: number; code: string },
  path = samplePath(route.pattern),
) => {
  const {
    status,
    headers: sent,
    body,
    text,
  } = await app.call(route.method, path, {
    headers: { ...headers, ...(route.body ? { "Content-Type": "application/json" } : {}) },
    ...(route.body ? { body: "{}" } : {}),
  });
  expect([label, status, body["code"]]).toEqual([label, expected.status, expected.code]);
  expect(sent.get("Content-Type")).toBe("application/problem+json");
  expect(body).toMatchObject({
    type: `urn:chajipoa:problem:${expected.code}`,
    status,
    requestId: sent.get("X-Request-Id"),
  });
  expect(
    route.codes.has(expected.code as never) || ANYWHERE.has(expected.code),
    `${route.name} does not publish ${expected.code}`,
  ).toBe(true);
  const proof = headers["Authorization"]?.replace(/^\w+ /, "").slice(0, 24);
  for (const told of [text, JSON.stringify([...sent]), app.rawLines.join("\n")]) {
    expect(told).not.toContain(MARKER);
    if (proof) expect(told).not.toContain(proof);
  }
  return sent;
};

describe("every route", () => {
  it("is on exactly one list: guarded, public, or proved otherwise", () => {
    const listed = [...GUARDED, ...PUBLIC, ...BY_PATH_SECRET, ...BY_TICKET, ...BY_STATION];
    expect(listed.toSorted()).toEqual(mountedRoutes(app.app).toSorted());
  });
});

describe.each(GUARDED)("%s", (name) => {
  it("refuses every forged proof, and asks nobody", async () => {
    const route = routeOf(name);
    const cost = await costOf(async () => {
      for (const [label, { authorization, code }] of Object.entries(forged)) {
        const sent = await refused(route, label, authorization === undefined ? {} : { Authorization: authorization }, {
          status: 401,
          code,
        });
        expect(sent.get("WWW-Authenticate")).toBe("Bearer");
      }
    });
    expect(cost).toEqual(NOTHING);
  });

  it("lets the right token pass", async () => {
    const { method, pattern } = routeOf(name);
    const spare = await signIn(app);
    const { status } = await app.call(method, samplePath(pattern), { token: spare.accessToken });
    expect(status).not.toBe(401);
    expect(status).toBeLessThan(500);
  });
});

describe.each(PUBLIC)("%s", (name) => {
  it("asks for no token, and takes no offence at a bad one", async () => {
    const { method, pattern } = routeOf(name);
    for (const headers of [{}, { Authorization: `Bearer ${MARKER}` }] as Record<string, string>[]) {
      const response = await app.request(method, samplePath(pattern), { headers });
      expect(response.status).not.toBe(401);
      expect(response.status).toBeLessThan(500);
      expect(await response.text()).not.toContain(MARKER);
    }
  });
});

describe.each(BY_PATH_SECRET)("%s", (name) => {
  it("is not there for whoever does not know the secret", async () => {
    const route = routeOf(name);
    const base = route.pattern.replace("/:secret", "");
    const secrets = [
      "wrong",
      MARKER,
      CALLBACK_SECRET.slice(0, -1),
      `${CALLBACK_SECRET}x`,
      CALLBACK_SECRET.toUpperCase(),
      env.CALLBACK_SECRET_HASHES,
      "x".repeat(5_000),
      "%00",
    ];
    const paths = route.pattern === base ? [base] : secrets.map((secret) => `${base}/${secret}`);
    const cost = await costOf(async () => {
      for (const path of paths)
        await refused(
          route,
          path,
          { Authorization: `Bearer ${accessToken}` },
          { status: 404, code: "not_found" },
          path,
        );
    });
    expect(cost).toEqual(NOTHING);
  });
});

describe.each(BY_TICKET)("%s", (name) => {
  it("refuses every ticket that is not its own, and asks nobody", async () => {
    const route = routeOf(name);
    const { tokens } = app.deps;
    const own = ids.next("rnt");
    const late = createTokens(Config.parse(env), { now: () => app.clock.now() - 61_000 });
    const { ticket: expired } = await late.signTicket({
      rentalId: own,
      stationId: station.stationId,
      status: "active",
    });
    const { ticket: foreign } = await tokens.signTicket({
      rentalId: ids.next("rnt"),
      stationId: station.stationId,
      status: "active",
    });
    const cost = await costOf(async () => {
      for (const given of [
        MARKER,
        accessToken,
        `${foreign}x`,
        foreign,
        expired,
        `${expired.split(".").slice(0, 2).join(".")}.`,
      ]) {
        const path = `/api/v1/rentals/${own}/live?ticket=${given}`;
        await refused(
          route,
          given.slice(0, 10),
          { Upgrade: "websocket" },
          { status: 401, code: "ticket_invalid" },
          path,
        );
      }
      await refused(
        route,
        "no ticket",
        { Upgrade: "websocket" },
        { status: 400, code: "invalid_request" },
        `/api/v1/rentals/${own}/live`,
      );
    });
    expect(cost).toEqual(NOTHING);
  });
});

describe.each(BY_STATION)("%s", (name) => {
  it("refuses every token that is not this station's, and asks nobody but the station's object", async () => {
    const route = routeOf(name);
    const nowMs = station.clock.now();
    const proofs: Record<string, string> = {
      "no dots": MARKER,
      "an access token": accessToken,
      "a live ticket": ticket,
      "for another station": await signStationToken(station.key, ids.next("stn"), nowMs),
      "the key of a stranger": await signStationToken(await makeKey("k1"), station.stationId, nowMs),
      "an unknown kid": await signStationToken({ ...station.key, keyId: "k2" }, station.stationId, nowMs),
      expired: await signStationToken(station.key, station.stationId, nowMs - 400_000),
      "from the future": await signStationToken(station.key, station.stationId, nowMs + 400_000),
      "for an hour": await signStationToken(station.key, station.stationId, nowMs, {
        exp: Math.floor(nowMs / 1000) + 3_600,
      }),
      "without a name": await signStationToken(station.key, station.stationId, nowMs, { jti: undefined }),
    };
    const path = route.pattern.replace(":id", station.stationId);
    const expected = { status: 401, code: "station_unauthenticated" };
    const cost = await costOf(async () => {
      await refused(route, "no header", { Upgrade: "websocket" }, expected, path);
      for (const [label, token] of Object.entries(proofs))
        await refused(route, label, { Authorization: `Bearer ${token}` }, expected, path);
      const right = await signStationToken(station.key, station.stationId, nowMs);
      for (const id of [ids.next("stn"), MARKER, "x".repeat(2_000), ids.next("rnt")]) {
        await refused(
          route,
          "a station that is not",
          { Authorization: `Bearer ${right}` },
          expected,
          route.pattern.replace(":id", id),
        );
      }
    });
    expect(cost).toEqual(NOTHING);
  });

  it("takes a token of its own, once", async () => {
    const { method, pattern } = routeOf(name);
    const own = await makeStation();
    const headers = {
      Authorization: `Bearer ${await signStationToken(own.key, own.stationId, own.clock.now())}`,
      Upgrade: "websocket",
    };
    const ask = async () => (await app.request(method, pattern.replace(":id", own.stationId), { headers })).status;
    expect(await ask()).not.toBe(401);
    expect(await ask()).toBe(401);
  });
});
