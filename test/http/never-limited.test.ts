// Doors whose callers are never answered 429 and never wait for Redis, whatever they send: callbacks, gateways' posts, stations. Every published
// one, with the proof that it takes; a ceiling only tells us.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createAzamPay } from "../../src/providers/azampay.ts";
import { createAzamPayDisbursement } from "../../src/providers/azampay-disbursement.ts";
import { createStationPort } from "../../src/stations/station-port.ts";
import { makeStation, type TestStation } from "../durable-objects/harness.ts";
import { redis } from "../support/control.ts";
import { signStationToken } from "../support/station-client.ts";
import * as testEnv from "../support/test-env.ts";
import { startApp, type TestApp } from "./harness.ts";
import { BY_PATH_SECRET, BY_STATION } from "./published.ts";

let app: TestApp;
let station: TestStation;

/** Far more than the default limit of this application, which is one request. */
const MANY = 25;

beforeAll(async () => {
  app = startApp({ settings: { RATE_LIMIT_REQUESTS: "1", AZAMPAY_CALLBACK_WITHOUT_SECRET: "on" } });
  const { config, clock, redis: client, cipher, log } = app.deps;
  const asked = {
    config,
    clock,
    redis: client,
    cipher,
    log,
    fetch: () => Promise.reject(new Error("nobody is asked")),
  };
  const authorized = { post: () => Promise.reject(new Error("nobody is asked")) } as never;
  Object.assign(app.deps, {
    payments: createAzamPay({ ...asked, authorized }),
    payouts: createAzamPayDisbursement({ config, clock, authorized }),
    stationWire: createStationPort(env.STATIONS),
  });
  station = await makeStation();
});

const secrets = Object.entries(testEnv).flatMap(([name, value]) =>
  name.endsWith("_SECRET") && typeof value === "string" ? [value] : [],
);

/** The address with the secret that opens it. */
const openPath = async (pattern: string): Promise<string> => {
  for (const secret of secrets) {
    const path = pattern.replace(":secret", secret);
    if ((await app.request("POST", path, { body: "{}" })).status !== 404) return path;
  }
  throw new Error(`no *_SECRET of test-env.ts opens ${pattern}`);
};

/** Sends `many` from one address, and sees that each is answered, never 429, without a limit in its headers and without Redis. */
const flood = async (send: (n: number) => Promise<Response>, many = MANY) => {
  await redis.arm({ refuse: { mode: "error" } });
  const seen = await redis.during(async () => {
    for (let n = 0; n < many; n++) {
      const { status, headers } = await send(n);
      expect(status).not.toBe(429);
      expect(status).not.toBe(503);
      expect([...headers.keys()].filter((name) => name.startsWith("ratelimit"))).toEqual([]);
    }
  });
  await redis.clear();
  expect(seen.requests).toBe(0);
};

const from = { "CF-Connecting-IP": "192.0.2.77" };

describe.each(BY_PATH_SECRET)("%s", (name) => {
  const [method = "", pattern = ""] = name.split(" ");

  it("is never answered 429, with the secret and without it", async () => {
    const path = await openPath(pattern);
    const post = (to: string) => (n: number) =>
      app.request(method, to, { body: `{"n":${n}}`, headers: { ...from, "Content-Type": "application/json" } });
    await flood(post(path));
    if (pattern.includes(":secret")) await flood(post(pattern.replace(":secret", "wrong")));
  });
});

describe.each(BY_STATION)("%s", (name) => {
  const [method = "", pattern = ""] = name.split(" ");

  it("is never answered 429, with a token of its own and without one", async () => {
    const path = pattern.replace(":id", station.stationId).concat(pattern.endsWith("commands") ? "?wait=0" : "");
    const ask = async (token: string | null) => {
      const headers = { ...from, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
      const response = await app.request(
        method,
        path,
        method === "POST" ? { headers, json: { frames: [] } } : { headers },
      );
      await response.body?.cancel();
      return response;
    };
    await flood(async () => ask(await signStationToken(station.key, station.stationId, station.clock.now())), 5);
    await flood(() => ask(null));
  });
});

describe("a ceiling", () => {
  it("is told to us once a minute and door, and refuses nobody", async () => {
    const path = `/api/v1/messages/reports/beem/${testEnv.SMS_BEEM_SECRET}`;
    const post = async (many: number) => {
      for (let n = 0; n < many; n += 250)
        await Promise.all(
          Array.from({ length: 250 }, async () => {
            expect((await app.request("POST", path, { body: "x" })).status).toBe(200);
          }),
        );
    };
    const alerts = () => app.lines.filter(({ alert }) => alert === "traffic_above_ceiling");
    await post(5_750);
    expect(alerts()).toEqual([]);
    await post(500);
    expect(alerts()).toMatchObject([{ door: "sms_beem", ceiling: 6_000, windowSeconds: 60 }]);
    app.clock.advance(60_000);
    await post(250);
    expect(alerts()).toHaveLength(1);
  });
});
