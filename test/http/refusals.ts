// What the suites of bad bodies share: an application, and a refusal in the form of the catalogue that costs nothing.
import { env } from "cloudflare:workers";
import { beforeAll, expect } from "vitest";
import { createAzamPay } from "../../src/providers/azampay.ts";
import { createStationPort } from "../../src/stations/station-port.ts";
import { MARKER } from "./breakage.ts";
import { costOf } from "./cost.ts";
import { signIn, staffToken, startApp, type TestApp } from "./harness.ts";
import { ANYWHERE, type Route, samplePath } from "./published.ts";

export const JSON_TYPE = { "Content-Type": "application/json" };
/** Of every body, bytes. */
export const LIMIT = 64 * 1024;

/** One application for the file that calls this, whose payment provider is out of order. */
export const useRefusals = () => {
  let app: TestApp;
  let accessToken: string;
  let admin: string;
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
  const tokenFor = (route: Route): string => (route.pattern.includes("/admin/") ? admin : accessToken);

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

  return { app: () => app, tokenFor, refuse, unpaid };
};
