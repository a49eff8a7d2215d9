import { describe, expect, it } from "vitest";
import { neon, redis } from "../support/control.ts";
import { ADDRESS_SENDS, checkOtp, storeOtp } from "../../src/auth/otp.ts";
import { connectEmbeddedRedis, newPhone, signIn, startApp, type TestApp } from "./harness.ts";

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

describe("the request by which a client goes over its limit", () => {
  it("costs Postgres nothing either, be it a read or a change", async () => {
    const app = limited("3");
    for (const method of ["GET", "POST"] as const) {
      const { accessToken } = await signIn(app);
      for (let i = 0; i < 3; i++) await read(app, accessToken);
      const path = method === "GET" ? "/api/v1/users/profile" : "/api/v1/auth/logout";
      const seen = await neon.during(async () => {
        expect((await app.call(method, path, { token: accessToken })).status).toBe(429);
      });
      expect(seen.requests).toBe(0);
    }
  });

  it("costs Postgres nothing when many come at once", async () => {
    const app = limited("20");
    const { accessToken } = await signIn(app);
    const seen = await neon.during(async () => {
      const answers = await Promise.all(Array.from({ length: 60 }, () => read(app, accessToken)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    });
    expect(seen.requests).toBe(20);
  });
});

describe("a client that comes back", () => {
  it("is let in again second by second, as what it asked for grows old, and not all at once", async () => {
    const app = limited("10");
    app.clock.advance(900_000 - (app.clock.now() % 900_000));
    const { accessToken } = await signIn(app);
    app.clock.advance(890_000);
    const session = await app.deps.tokens.verify(accessToken);
    const token = () => app.deps.tokens.sign(session);
    for (let i = 0; i < 10; i++) expect((await read(app, accessToken)).status).toBe(200);
    const over = await read(app, accessToken);
    const seconds = Number(over.headers.get("Retry-After"));
    // The quota is full when the window ends, and a tenth of it is free a tenth of a window later.
    expect(seconds).toBe(10 + 90);
    app.clock.advance((seconds - 1) * 1_000);
    expect((await read(app, await token())).status).toBe(429);
    app.clock.advance(1_000);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await read(app, await token())).status);
    expect(statuses).toEqual([200, 429, 429]);
  });
});

describe("people behind one address", () => {
  const from = { "CF-Connecting-IP": "198.51.100.7" };

  it("have their own limits once they are signed in: one who is over locks nobody out", async () => {
    const app = limited("2");
    const people = [await signIn(app), await signIn(app), await signIn(app)];
    const ask = (token: string) => app.call("GET", "/api/v1/users/profile", { token, headers: from });
    for (let i = 0; i < 5; i++) await ask(people[0]!.accessToken);
    expect((await ask(people[0]!.accessToken)).status).toBe(429);
    for (const { accessToken } of people.slice(1)) expect((await ask(accessToken)).status).toBe(200);
  });

  it("sign in, four hundred in an hour: a code that was used does not count against what they share", async () => {
    const app = limited("100");
    const { redis: client, otpHash: hash, ids, clock } = app.deps;
    const signInHere = async () => {
      const challenge = { challengeId: ids.next("chl"), phoneHash: ids.secret(32), purpose: "sign_in" } as const;
      const attempt = () => ({
        requestId: ids.next("req"),
        nowMs: clock.now(),
        address: "198.51.100.8",
        code: "042137",
      });
      const stored = await storeOtp({ redis: client, hash }, challenge, { ...attempt(), isResend: false });
      const checked = await checkOtp({ redis: client, hash }, challenge, attempt());
      return `${stored.status} ${checked.status}`;
    };
    for (let i = 0; i < ADDRESS_SENDS + 100; i += 50)
      expect(new Set(await Promise.all(Array.from({ length: 50 }, signInHere)))).toEqual(new Set(["stored right"]));
  });

  it("are told of their own number first: one that has to wait hears so at an address that is used up", async () => {
    const app = limited("100");
    const { redis: client, otpHash: hash, ids, clock } = app.deps;
    const send = (phoneHash: string) =>
      storeOtp(
        { redis: client, hash },
        { challengeId: ids.next("chl"), phoneHash, purpose: "sign_in" },
        { requestId: ids.next("req"), nowMs: clock.now(), address: "198.51.100.9", code: "042137", isResend: false },
      );
    const own = ids.secret(32);
    expect((await send(own)).status).toBe("stored");
    for (let i = 1; i < ADDRESS_SENDS; i += 50)
      await Promise.all(Array.from({ length: Math.min(50, ADDRESS_SENDS - i) }, () => send(ids.secret(32))));
    expect((await send(ids.secret(32))).status).toBe("address_limited");
    expect((await send(own)).status).toBe("wait");
  });
});

describe("figures of their own", () => {
  it("has what sends payment prompts: a fifth of the default, counted apart", async () => {
    const app = limited("10");
    const { accessToken } = await signIn(app);
    const pay = () => app.call("POST", "/api/v1/payments/initiate", { token: accessToken, json: {} });
    const first = await pay();
    expect(first.headers.get("RateLimit-Policy")).toBe('"payments";q=2;w=900');
    await pay();
    const over = await pay();
    expect([over.status, over.body["code"]]).toEqual([429, "rate_limited"]);
    expect((await read(app, accessToken)).status).toBe(200);
  });

  it("has what sends codes: five an hour for a number, told with each answer", async () => {
    const app = limited("1");
    const { status, headers } = await app.call("POST", "/api/v1/auth/login", { json: { phone: newPhone() } });
    expect([status, headers.get("RateLimit-Policy")]).toEqual([202, '"otp-number";q=5;w=3600']);
    expect(headers.get("RateLimit")).toBe('"otp-number";r=4;t=30');
  });

  it("are by default 100 requests in 15 minutes", () => {
    const { config } = startApp().deps;
    expect([config.RATE_LIMIT_REQUESTS, config.RATE_LIMIT_WINDOW_SECONDS]).toEqual([100, 900]);
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
