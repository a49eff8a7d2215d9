import { describe, expect, it } from "vitest";
import { neon, redis } from "../support/control.ts";
import { signIn, startApp, type TestApp } from "./harness.ts";
import { connectEmbeddedRedis } from "./harness.ts";

const read = (app: TestApp, token: string) => app.call("GET", "/api/v1/users/profile", { token });
const limited = (quota: string, deps = {}) => startApp({ settings: { RATE_LIMIT_REQUESTS: quota }, deps });

describe.each(["the configured Redis", "the embedded Redis"])("limits counted in %s", (kind) => {
  const start = (quota: string) =>
    limited(quota, kind === "the embedded Redis" ? { redis: connectEmbeddedRedis() } : {});

  it("are told with each answer and end at the figure of the settings", async () => {
    const app = start("3");
    const { accessToken } = await signIn(app);
    for (const left of [2, 1, 0]) {
      const { status, headers } = await read(app, accessToken);
      expect(status).toBe(200);
      expect(headers.get("RateLimit-Policy")).toBe('"default";q=3;w=900');
      expect(headers.get("RateLimit")).toMatch(new RegExp(`^"default";r=${left};t=\\d+$`));
    }
    const over = await read(app, accessToken);
    expect([over.status, over.body["code"]]).toEqual([429, "rate_limited"]);
    expect(Number(over.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(over.headers.get("RateLimit")).toMatch(/^"default";r=0;t=\d+$/);
    expect(over.body).not.toHaveProperty("phone");
  });

  it("belong to the account, not to the address or to the session", async () => {
    const app = start("2");
    const [one, two] = [await signIn(app), await signIn(app)];
    for (let i = 0; i < 3; i++) await read(app, one.accessToken);
    app.clock.advance(30_000);
    const sameAccount = await signIn(app, one.phone);
    expect((await read(app, sameAccount.accessToken)).status).toBe(429);
    expect((await read(app, two.accessToken)).status).toBe(200);
  });
});

describe("a client over its limit", () => {
  it("costs neither Postgres nor Redis any work once it is known", async () => {
    const app = limited("1");
    const { accessToken } = await signIn(app);
    await read(app, accessToken);
    expect((await read(app, accessToken)).status).toBe(429);
    let inRedis = 0;
    const seen = await neon.during(async () => {
      inRedis = (
        await redis.during(async () => {
          for (let i = 0; i < 5; i++) expect((await read(app, accessToken)).status).toBe(429);
          expect((await app.call("POST", "/api/v1/auth/logout", { token: accessToken })).status).toBe(429);
        })
      ).requests;
    });
    expect([seen.requests, inRedis]).toEqual([0, 0]);
  });

  it("changes nothing", async () => {
    const app = limited("1");
    const { accessToken, refreshToken } = await signIn(app);
    await read(app, accessToken);
    const seen = await neon.during(async () => {
      expect((await app.call("POST", "/api/v1/auth/logout-all", { token: accessToken })).status).toBe(429);
    });
    expect(seen.requests).toBe(0);
    expect((await app.call("POST", "/api/v1/auth/refresh", { json: { refreshToken } })).status).toBe(200);
  });
});

describe("while Redis is away", () => {
  it("each isolate counts for itself, and nobody gets an error", async () => {
    const app = limited("3");
    const { accessToken } = await signIn(app);
    await redis.arm({ refuse: { mode: "error" } });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await read(app, accessToken)).status);
    await redis.clear();
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(app.lines.filter(({ alert }) => alert === "rate_limits_counted_here")).toHaveLength(1);
  });

  it("is left alone for five seconds and then asked again", async () => {
    const app = limited("50");
    const { accessToken } = await signIn(app);
    await redis.arm({ refuse: { mode: "error" } });
    await read(app, accessToken);
    await redis.clear();
    const asked = async () => (await redis.during(() => read(app, accessToken))).requests;
    app.clock.advance(4_999);
    expect(await asked()).toBe(0);
    app.clock.advance(1);
    expect(await asked()).toBeGreaterThan(0);
  });

  it("answers a read within the limit's patience when Redis only hangs", async () => {
    const app = limited("50");
    const { accessToken } = await signIn(app);
    await redis.arm({ latencyMs: 1_500 });
    const { status } = await read(app, accessToken);
    await redis.clear();
    expect(status).toBe(200);
    expect(app.lines.filter(({ alert }) => alert === "rate_limits_counted_here")).toHaveLength(1);
  });
});

describe("routes for everybody", () => {
  it("are counted by address without a word to Redis", async () => {
    const app = startApp({ settings: { RATE_LIMIT_REQUESTS: "1" } });
    const get = (address: string) =>
      app.call("GET", "/.well-known/jwks.json", { headers: { "CF-Connecting-IP": address } });
    const seen = await redis.during(async () => {
      for (let i = 0; i < 20; i++) expect((await get("192.0.2.1")).status).toBe(200);
      expect((await get("192.0.2.1")).status).toBe(429);
      expect((await get("192.0.2.2")).status).toBe(200);
    });
    expect(seen.requests).toBe(0);
    app.clock.advance(900_000);
    expect((await get("192.0.2.1")).status).toBe(200);
  });

  it("count one IPv6 network as one client", async () => {
    const app = startApp({ settings: { RATE_LIMIT_REQUESTS: "1" } });
    const get = (address: string) =>
      app.call("GET", "/.well-known/jwks.json", { headers: { "CF-Connecting-IP": address } });
    for (let i = 0; i < 20; i++) await get(`2001:db8:0:1::${i}`);
    expect((await get("2001:0db8:0000:0001:ffff::1")).status).toBe(429);
    expect((await get("2001:db8::2:0:0:0:1")).status).toBe(200);
  });
});
