import { describe, expect, it } from "vitest";
import { neon, redis, sql } from "../support/control.ts";
import { closeUser } from "../support/factories.ts";
import { lastCode, newPhone, signIn, startApp } from "../http/harness.ts";

const register = (app: ReturnType<typeof startApp>, phone: string, more: Record<string, unknown> = {}) =>
  app.call("POST", "/api/v1/auth/register", { json: { phone, name: "Asha Mrema", locale: "en", ...more } });
const login = (app: ReturnType<typeof startApp>, phone: string) =>
  app.call("POST", "/api/v1/auth/login", { json: { phone } });
const verify = (app: ReturnType<typeof startApp>, challengeId: unknown, phone: string, otp: string) =>
  app.call("POST", "/api/v1/auth/verify-phone", { json: { challengeId, phone, otp } });

describe("what an answer tells", () => {
  it("is the same for a known, a pending, an unknown and a closed number", async () => {
    const app = startApp();
    const known = (await signIn(app)).phone;
    const pending = newPhone();
    await register(app, pending);
    const closed = await signIn(app);
    await closeUser(closed.userId);
    await app.settle();
    app.clock.advance(3_600_000);
    const shape = (answer: Awaited<ReturnType<typeof login>>) => ({
      status: answer.status,
      body: {
        ...answer.body,
        challengeId: String(answer.body["challengeId"])
          .slice(0, 4)
          .concat(String(String(answer.body["challengeId"]).length)),
      },
      headers: [...answer.headers].filter(([name]) => !["x-request-id", "traceparent"].includes(name)),
    });
    for (const ask of [login, register]) {
      const answers = [];
      for (const phone of [known, pending, newPhone(), closed.phone]) answers.push(shape(await ask(app, phone)));
      expect(answers[0]!.status).toBe(202);
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      app.clock.advance(3_600_000);
    }
  });

  it("needs the same round trips for a known and an unknown number", async () => {
    const app = startApp();
    const { phone } = await signIn(app);
    app.clock.advance(30_000);
    for (const ask of [login, register]) {
      const counts = [];
      for (const number of [phone, newPhone()]) {
        let inRedis = 0;
        const inPostgres = await neon.during(async () => {
          inRedis = (await redis.during(() => ask(app, number))).requests;
        });
        counts.push([inPostgres.requests, inRedis]);
      }
      expect(counts).toEqual([
        [1, 1],
        [1, 1],
      ]);
      app.clock.advance(60_000);
    }
  });

  it("writes one row for a known and for an unknown number", async () => {
    const app = startApp();
    const { phone } = await signIn(app);
    app.clock.advance(30_000);
    const transactions = async (number: string) => {
      const before = await sql<{ xmin: string }>("select xmin::text from users");
      await register(app, number);
      const after = await sql<{ xmin: string }>("select xmin::text from users");
      const seen = new Set(before.map(({ xmin }) => xmin));
      return after.filter(({ xmin }) => !seen.has(xmin)).length;
    };
    expect(await transactions(phone)).toBe(1);
    expect(await transactions(newPhone())).toBe(1);
  });

  it("sends nothing to an unknown and to a closed number", async () => {
    const app = startApp();
    const { phone, userId } = await signIn(app);
    await closeUser(userId);
    app.clock.advance(30_000);
    const before = app.sms.length;
    await login(app, newPhone());
    await login(app, phone);
    await app.settle();
    expect(app.sms).toHaveLength(before);
  });

  it("refuses every code for an unknown number as wrong", async () => {
    const app = startApp();
    const phone = newPhone();
    const { body } = await login(app, phone);
    const codes = [];
    for (let i = 0; i < 6; i++) codes.push((await verify(app, body["challengeId"], phone, "123456")).body["code"]);
    expect(codes).toEqual(["otp_invalid", "otp_invalid", "otp_invalid", "otp_invalid", "otp_ended", "otp_ended"]);
  });
});

describe("resending", () => {
  const resend = (app: ReturnType<typeof startApp>, challengeId: unknown, phone: string) =>
    app.call("POST", "/api/v1/auth/resend-otp", { json: { challengeId, phone } });

  it("waits 30, 60, 120 and 300 s and says for how long", async () => {
    const app = startApp();
    const phone = newPhone();
    const { body } = await register(app, phone);
    const challengeId = body["challengeId"];
    for (const [waitSeconds, next] of [
      [30, 60],
      [60, 120],
      [120, 300],
    ] as const) {
      const early = await resend(app, challengeId, phone);
      expect(early.status).toBe(429);
      expect(early.body["code"]).toBe("otp_wait");
      expect(early.headers.get("Retry-After")).toBe(String(waitSeconds));
      app.clock.advance(waitSeconds * 1_000);
      expect((await resend(app, challengeId, phone)).body).toMatchObject({ challengeId, resendInSeconds: next });
    }
    const before = app.sms.length;
    expect((await verify(app, challengeId, phone, await lastCode(app, phone))).status).toBe(200);
    expect(app.sms.length).toBe(Math.max(before, 4));
  });

  it("counts resends and sign-ins of one number together: five an hour", async () => {
    const app = startApp();
    const phone = newPhone();
    let challengeId = (await register(app, phone)).body["challengeId"];
    for (const waitMs of [30_000, 60_000, 120_000]) {
      app.clock.advance(waitMs);
      expect((await resend(app, challengeId, phone)).status).toBe(202);
    }
    app.clock.advance(300_000);
    const fifth = await login(app, phone);
    expect(fifth.status).toBe(202);
    challengeId = fifth.body["challengeId"];
    app.clock.advance(600_000);
    const sixth = await login(app, phone);
    expect(sixth.body["code"]).toBe("otp_wait");
    expect(sixth.headers.get("RateLimit")).toBe(`"otp-number";r=0;t=${3_600 - 30 - 60 - 120 - 300 - 600}`);
  });

  it("makes the earlier code useless", async () => {
    const app = startApp();
    const phone = newPhone();
    const { body } = await register(app, phone);
    const first = await lastCode(app, phone);
    app.clock.advance(30_000);
    await resend(app, body["challengeId"], phone);
    const second = await lastCode(app, phone);
    if (first !== second)
      expect((await verify(app, body["challengeId"], phone, first)).body["code"]).toBe("otp_invalid");
    expect((await verify(app, body["challengeId"], phone, second)).status).toBe(200);
  });

  it("refuses somebody else's number under a known challenge", async () => {
    const app = startApp();
    const { body } = await register(app, newPhone());
    expect((await resend(app, body["challengeId"], newPhone())).body["code"]).toBe("otp_invalid");
  });
});

describe("while a part is away", () => {
  it("answers 503 with Retry-After without Redis, and asks Postgres nothing", async () => {
    const app = startApp();
    await redis.arm({ refuse: { mode: "error" } });
    const seen = await neon.during(async () => {
      for (const answer of [await register(app, newPhone()), await login(app, newPhone())]) {
        expect(answer.status).toBe(503);
        expect(answer.body["code"]).toBe("unavailable");
        expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
      }
    });
    await redis.clear();
    expect(seen.requests).toBe(0);
  });

  it("answers 503 without Postgres, and sends no code", async () => {
    const app = startApp();
    await neon.arm({ refuse: { mode: "close" } });
    const answer = await register(app, newPhone());
    await neon.clear();
    await app.settle();
    expect(answer.status).toBe(503);
    expect(answer.body["code"]).toBe("unavailable");
    expect(answer.headers.get("Retry-After")).toBe("5");
    expect(app.sms).toEqual([]);
  });
});
