// Every route that takes a body against every body that it must refuse. The cases come from the published schemas; a body
// route without a good body here fails the suite.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createAzamPay } from "../../src/providers/azampay.ts";
import { createStationPort } from "../../src/stations/station-port.ts";
import { makeStation } from "../durable-objects/harness.ts";
import { sql } from "../support/control.ts";
import { signStationToken } from "../support/station-client.ts";
import { CALLBACK_SECRET } from "../support/test-env.ts";
import { rowsWritten } from "../support/written-rows.ts";
import {
  brokenFields,
  HOSTILE_TEXTS,
  hugeValues,
  malformed,
  MARKER,
  missingFields,
  monsters,
  notObjects,
  unknownFields,
  type Broken,
} from "./breakage.ts";
import { costOf } from "./cost.ts";
import { goodBodies as good } from "./good-bodies.ts";
import { newPhone, signIn, staffToken, startApp, type TestApp } from "./harness.ts";
import { ANYWHERE, BY_PATH_SECRET, BY_STATION, resolve, routes, samplePath, type Route } from "./published.ts";

const others = [...BY_PATH_SECRET, ...BY_STATION];
const validated = routes.filter((route) => route.body && !others.includes(route.name));

const JSON_TYPE = { "Content-Type": "application/json" };
const KINDS = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonp",
  "text/json",
  "application/json-patch+json",
  MARKER,
  "*/*",
];
const LIMIT = 64 * 1024;

let app: TestApp;
let accessToken: string;
let admin: string;
const tokenFor = (route: Route): string => (route.pattern.includes("/admin/") ? admin : accessToken);
beforeAll(async () => {
  app = startApp({
    settings: { RATE_LIMIT_REQUESTS: "100000" },
    deps: { stationWire: createStationPort(env.STATIONS) },
  });
  const { config, clock, redis: client, cipher, log } = app.deps;
  app.deps.payments = createAzamPay({
    config,
    clock,
    redis: client,
    cipher,
    log,
    fetch: async () => new Response(null, { status: 500 }),
  });
  ({ accessToken } = await signIn(app));
  admin = await staffToken(app, accessToken);
});

/** Sends what the route refuses: in the form of the catalogue, with a published code, and without a word of what was sent. */
const refuse = async (
  route: Route,
  label: string,
  body: BodyInit,
  given: Record<string, string> = JSON_TYPE,
  path = samplePath(route.pattern),
) => {
  app.rawLines.length = 0;
  const headers: Record<string, string> = { "Idempotency-Key": "k", ...given };
  const answer = await app.call(route.method, path, {
    body,
    headers,
    ...(route.proof === "accessToken" ? { token: tokenFor(route) } : {}),
  });
  const code = String(answer.body["code"]);
  const about = `${route.name}: ${label}: ${answer.status} ${code}`;
  expect(answer.headers.get("Content-Type"), about).toBe("application/problem+json");
  expect(answer.body["requestId"], about).toBe(answer.headers.get("X-Request-Id"));
  expect(route.codes.has(code as never) || ANYWHERE.has(code), `${about} is not published`).toBe(true);
  expect(answer.text.length, about).toBeLessThan(4_000);
  expect(answer.text + JSON.stringify([...answer.headers]) + app.rawLines.join("\n"), about).not.toContain(MARKER);
  expect(app.rawLines, about).toHaveLength(1);
  return {
    about,
    status: answer.status,
    code,
    paths: ((answer.body["errors"] ?? []) as { path: string }[]).map((error) => error.path),
  };
};

/** Nothing may be written and Postgres never asked; whoever is signed in is counted in Redis before the body is read, others nowhere. */
const unpaid = async (route: Route, work: () => Promise<number>) => {
  let sent = -1;
  const { toPostgres, toRedis, rows } = await costOf(async () => void (sent = await work()));
  expect(sent).toBeGreaterThan(0);
  expect({ toPostgres, rows }).toEqual({ toPostgres: 0, rows: {} });
  // One look for each, and one more where the script was not known yet.
  if (route.proof === null) expect(toRedis).toBe(0);
  else expect(toRedis).toBeLessThanOrEqual(sent + 1);
};

it("every route with a body is gone through", () => {
  expect(validated.map(({ id }) => id).toSorted()).toEqual(Object.keys(good).toSorted());
  expect(validated.length).toBeGreaterThan(5);
});

describe.each(validated)("$name", (route) => {
  const schema = route.body!;
  const bodies = good[route.id] ?? [];
  const first = bodies[0] ?? {};

  const refuseAll = (broken: Broken[], expectPath = true) =>
    unpaid(route, async () => {
      for (const { label, text, path } of broken) {
        const { about, status, code, paths } = await refuse(route, label, text);
        expect([about, status, code]).toEqual([about, 400, "invalid_request"]);
        // What is wrong inside of a list or an object is wrong with the field.
        const places = paths.flatMap((place) => place.split(".").map((_, n, steps) => steps.slice(0, n + 1).join(".")));
        if (expectPath) expect([...paths, ...places], about).toContain(path);
      }
      return broken.length;
    });

  it("takes its good bodies, and they have every field that it knows", async () => {
    for (const [n, body] of bodies.entries()) {
      const { code } = (
        await app.call(route.method, samplePath(route.pattern), {
          json: body,
          token: tokenFor(route),
          headers: { "Idempotency-Key": `good-${n}` },
        })
      ).body;
      expect([
        "malformed_json",
        "invalid_request",
        "unsupported_media_type",
        "payload_too_large",
        "internal",
      ]).not.toContain(code);
    }
    expect([...new Set(bodies.flatMap(Object.keys))].toSorted()).toEqual(
      Object.keys(resolve(schema).properties!).toSorted(),
    );
  });

  it("refuses each field of a wrong type, length, form or range, and names it", () =>
    refuseAll(bodies.flatMap((body) => brokenFields(schema, body))));

  it("refuses a missing field, and names it", async () => {
    const missing = bodies.flatMap((body) => missingFields(schema, body));
    if (missing.length > 0) await refuseAll(missing);
    // Without a source of money the wallet pays; without a station the clock goes on.
    if (!["extendRental", "endRental"].includes(route.id))
      await refuseAll([{ label: "no field", path: (resolve(schema).required ?? Object.keys(first))[0]!, text: "{}" }]);
  });

  it("refuses a field that it does not know, a prototype's among them, without its name", async () => {
    await refuseAll(bodies.flatMap((body) => unknownFields(schema, body)));
    expect(Object.hasOwn(Object.prototype, MARKER) || "isAdmin" in {}).toBe(false);
  });

  it("refuses JSON that is no object", () => refuseAll(notObjects(first)));

  it("refuses what is too deep, too many or beyond all numbers", async () => {
    await refuseAll(monsters(first));
    await refuseAll(bodies.flatMap(hugeValues));
  });

  it("refuses text that no database would take", () =>
    unpaid(route, async () => {
      const fields = bodies.flatMap((body) =>
        Object.keys(body)
          .filter((name) => typeof body[name] === "string")
          .map((name) => ({ body, name })),
      );
      for (const { body, name } of fields) {
        for (const text of HOSTILE_TEXTS) {
          const { about, status } = await refuse(
            route,
            `${name} = ${JSON.stringify(text)}`,
            JSON.stringify({ ...body, [name]: text }),
          );
          expect([400, 401], about).toContain(status);
        }
      }
      return fields.length * HOSTILE_TEXTS.length || 1;
    }));

  it("refuses what is not JSON", () =>
    unpaid(route, async () => {
      const texts = malformed(first);
      for (const text of texts) {
        const { about, status, code } = await refuse(route, JSON.stringify(text.slice(0, 40)), text);
        expect([about, status, code]).toEqual([about, 400, "malformed_json"]);
      }
      return texts.length;
    }));

  it("refuses another content type", () =>
    unpaid(route, async () => {
      for (const type of KINDS) {
        const { about, status, code } = await refuse(route, type, JSON.stringify(first), { "Content-Type": type });
        expect([about, status, code]).toEqual([about, 415, "unsupported_media_type"]);
      }
      const { code } = await refuse(route, "none", new TextEncoder().encode(JSON.stringify(first)), {});
      expect(code).toBe("unsupported_media_type");
      return KINDS.length + 1;
    }));

  it("refuses more than 64 KiB, told beforehand or not", () =>
    unpaid(route, async () => {
      const large = JSON.stringify({ ...first, [MARKER]: "x".repeat(LIMIT) });
      const told = { ...JSON_TYPE, "Content-Length": String(large.length) };
      const sent = [
        await refuse(route, "told", large, told),
        await refuse(route, "untold", large),
        await refuse(route, "a stream", new Blob([large]).stream()),
        await refuse(route, "not JSON either", `${MARKER}${"x".repeat(LIMIT)}`, { "Content-Type": "text/plain" }),
      ];
      for (const { about, status, code } of sent)
        expect([about, status, code]).toEqual([about, 413, "payload_too_large"]);
      return sent.length;
    }));
});

it("takes a body of exactly 64 KiB, and JSON with a charset", async () => {
  const padded = JSON.stringify({ phone: newPhone() }).padEnd(LIMIT, " ");
  const headers = { "Content-Type": "application/json; charset=utf-8" };
  expect((await app.call("POST", "/api/v1/auth/login", { body: padded, headers })).status).toBe(202);
  expect((await app.call("POST", "/api/v1/auth/login", { body: `${padded} `, headers })).status).toBe(413);
});

describe.each(validated.filter(({ body }) => "phone" in (resolve(body!).properties ?? {})))("$name", (route) => {
  it("refuses a landline, a foreign number and what is none", () =>
    unpaid(route, async () => {
      const numbers = [
        "0222123456",
        "+254712345678",
        "0712 345",
        "07123456789",
        "٠٧١٢٣٤٥٦٧٨",
        "0712345678;ext=1",
        MARKER,
      ];
      for (const number of numbers) {
        const { about, status, code } = await refuse(
          route,
          number,
          JSON.stringify({ ...good[route.id]![0], phone: number }),
        );
        expect([about, status, code]).toEqual([about, 400, "phone_invalid"]);
      }
      return numbers.length;
    }));
});

describe("POST /api/v1/payments/callback/:secret", () => {
  const route = routes.find(({ id }) => id === "azampayCallbackBySecret")!;
  const path = route.pattern.replace(":secret", CALLBACK_SECRET);

  it("stores what it cannot read, once and sealed, and believes nothing of it", async () => {
    const fine = { utilityref: "0".repeat(26), transactionstatus: "success", amount: "5000", reference: "r" };
    const texts = [
      ...malformed(fine),
      ...notObjects(fine).map(({ text }) => text),
      JSON.stringify({ ...fine, amount: null }),
      `{"__proto__":{"${MARKER}":1}}`,
    ];
    const post = async () => {
      for (const body of texts) {
        app.rawLines.length = 0;
        const answer = await app.call("POST", path, { body, headers: JSON_TYPE });
        expect([body.slice(0, 40), answer.status]).toEqual([body.slice(0, 40), 200]);
        expect(answer.text + JSON.stringify([...answer.headers]) + app.rawLines.join("\n")).not.toContain(MARKER);
      }
    };
    expect(Object.keys((await rowsWritten(post)).byTable)).toEqual(["payment_callbacks"]);
    expect((await rowsWritten(post)).byTable).toEqual({});
    const kept = await sql<{ outcome: string; payment_id: string | null }>("select * from payment_callbacks");
    expect(kept).toHaveLength(new Set(texts).size);
    expect(JSON.stringify(kept)).not.toContain(MARKER);
    expect(kept.every((row) => row.payment_id === null)).toBe(true);
  });

  it("refuses more than 64 KiB and keeps nothing of it", () =>
    unpaid(route, async () => {
      const { about, status, code } = await refuse(
        route,
        "large",
        `{"${MARKER}":"${"x".repeat(LIMIT)}"}`,
        JSON_TYPE,
        path,
      );
      expect([about, status, code]).toEqual([about, 413, "payload_too_large"]);
      return 1;
    }));
});

it("POST /api/v1/stations/:id/events refuses a body that is no batch, whoever sends it", async () => {
  const route = routes.find(({ id }) => id === "postStationEvents")!;
  const station = await makeStation();
  const path = route.pattern.replace(":id", station.stationId);
  const fine = { events: [{ type: "heartbeat" }] };
  await unpaid(route, async () => {
    const invalid = [
      ...notObjects(fine).map(({ text }) => text),
      "{}",
      `{"events":[]}`,
      `{"events":"${MARKER}"}`,
      JSON.stringify({ events: Array(201).fill(null) }),
    ];
    const cases: [string, number, string][] = [
      ...malformed(fine).map((text): [string, number, string] => [text, 400, "malformed_json"]),
      ...invalid.map((text): [string, number, string] => [text, 400, "invalid_request"]),
      [`{"${MARKER}":"${"x".repeat(LIMIT)}"}`, 413, "payload_too_large"],
    ];
    for (const [text, expectedStatus, expectedCode] of cases) {
      const token = await signStationToken(station.key, station.stationId, station.clock.now());
      const { about, status, code } = await refuse(
        route,
        JSON.stringify(text.slice(0, 40)),
        text,
        { ...JSON_TYPE, Authorization: `Bearer ${token}` },
        path,
      );
      expect([about, status, code]).toEqual([about, expectedStatus, expectedCode]);
    }
    return cases.length;
  });
  expect(await station.rows("select count(*) as n from events")).toEqual([{ n: 0 }]);
});
